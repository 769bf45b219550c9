import VouchModel

/// Reads grants of access from Okta's system log: `GET /api/v1/logs`.
///
/// Access is given by the creation or activation of a user, by membership of a group, by the
/// assignment of an application and by an administrator's role. Everything else in the log is kept
/// as evidence and gives no record; nor does an event whose outcome is not a success. The first
/// activation of a user belongs to the creation and is no grant of its own.
enum OktaSystemLogCollector: Collector {
  static let format = "okta_system_log"
  static let summary = "Okta system log (GET /api/v1/logs): access that was given"
  static let gives: [RecordType] = [.access_grant]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("[].eventType", "[].published") || head.hasJSON("[].eventType", "[].uuid")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.access_grant)
    var created: [String: Instant] = [:]
    var activated: [(user: String, at: Instant, record: Record)] = []
    try item.json(format: format, each: ["*"], reading) { root in
      if root.array == nil { reading.diagnose(.noEvents(format, at: item.label)) }
      return root.array != nil
    } _: { element in
      let event = element.json
      guard let kind = Kind(rawValue: event["eventType"].string ?? ""),
        ["SUCCESS", "ALLOW"].contains(event["outcome"]["result"].string ?? "")
      else { return }
      let targets = event["target"].elements
      let user = targets.first { ["User", "AppUser"].contains($0["type"].string ?? "") }
      let given = targets.filter { kind.given.contains($0["type"].string ?? "") }
      let grant = AccessLogEvent(
        id: event["uuid"].text, system: "okta",
        beneficiary: user?["alternateId"].text?.lowercased() ?? user?["id"].text,
        roles: given.compactMap { $0["displayName"].text } + role(event, kind),
        at: event["published"].instant, place: element.pointer)
      guard let record = grant.record(format, item, reading), let at = grant.at else { return }
      let id = user?["id"].text ?? ""
      if kind == .create { created[id] = min(at, created[id] ?? at) }
      if kind == .activate {
        activated.append((id, at, record))
      } else {
        reading.append(record)
      }
    }
    for (user, at, record) in activated {
      let since = created[user].map { at.seconds - $0.seconds }
      if since.map({ (0...30 * 86400).contains($0) }) != true { reading.append(record) }
    }
  }

  /// Which roles an administrator was given stands beside the targets.
  private static func role(_ event: JSON, _ kind: Kind) -> [String] {
    guard kind == .privilege else { return [] }
    let list = event["debugContext"]["debugData"]["privilegeGranted"].text ?? ""
    return list.split(separator: ",").map(\.trimmed)
  }

  private enum Kind: String {
    case create = "user.lifecycle.create"
    case activate = "user.lifecycle.activate"
    case reactivate = "user.lifecycle.reactivate"
    case unsuspend = "user.lifecycle.unsuspend"
    case group = "group.user_membership.add"
    case application = "application.user_membership.add"
    case privilege = "user.account.privilege.grant"

    /// Types of the targets that were given.
    var given: [String] {
      switch self {
      case .group: ["UserGroup"]
      case .application: ["AppInstance"]
      default: []
      }
    }
  }
}

extension Diagnostic {
  static func noEvents(_ format: String, at place: String) -> Diagnostic {
    Diagnostic(
      "\(format).no-events", .error, at: place, "there is no list of events in the answer",
      why: "a log that is not understood proves nothing",
      fix: "collect the answer of the interface as it comes")
  }
}
