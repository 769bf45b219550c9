import VouchModel

/// Reads grants of access from the administrators' log of Google Workspace:
/// `GET /admin/reports/v1/activity/users/all/applications/admin`.
///
/// Access is given by the creation or restoration of a user, by membership of a group and by an
/// administrator's role. Everything else in the log is kept as evidence and gives no record.
enum GoogleAdminLogCollector: Collector {
  static let format = "google_admin_log"
  static let summary = "Google Workspace admin log (Reports API): access that was given"
  static let gives: [RecordType] = [.access_grant]

  static func recognises(_ head: Head) -> Bool {
    head.text.contains("admin#reports#activit")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.access_grant)
    try item.json(format: format, each: ["items/*"], reading) { root in
      reading.checkNextPage(
        format, isThere: root["nextPageToken"].text != nil, field: "nextPageToken")
      // An answer without events has no list at all.
      let isAnswer = root["items"].array != nil || root["kind"].text == "admin#reports#activities"
      if !isAnswer { reading.diagnose(.noEvents(format, at: item.label)) }
      return isAnswer
    } _: { element in
      let activity = element.json
      for (index, event) in activity["events"].elements.enumerated() {
        guard let kind = Kind(rawValue: event["name"].string ?? "") else { continue }
        let parameters = event["parameters"].elements
        func value(_ name: String) -> String? {
          parameters.first { $0["name"].string == name }?["value"].text
        }
        let unique = activity["id"]["uniqueQualifier"].text
        let grant = AccessLogEvent(
          id: unique.map { "\($0)/\(index)" }, system: "google",
          beneficiary: value("USER_EMAIL")?.lowercased(),
          roles: kind.parameter.flatMap(value).map { [$0] } ?? [],
          at: activity["id"]["time"].instant, place: "\(element.pointer)/events/\(index)")
        if let record = grant.record(format, item, reading) { reading.append(record) }
      }
    }
  }

  private enum Kind: String {
    case create = "CREATE_USER"
    case undelete = "UNDELETE_USER"
    case unsuspend = "UNSUSPEND_USER"
    case group = "ADD_GROUP_MEMBER"
    case role = "ASSIGN_ROLE"
    case admin = "GRANT_ADMIN_PRIVILEGE"
    case delegated = "GRANT_DELEGATED_ADMIN_PRIVILEGES"

    /// The parameter that names what was given.
    var parameter: String? {
      switch self {
      case .group: "GROUP_EMAIL"
      case .role: "ROLE_NAME"
      default: nil
      }
    }
  }
}
