import VouchModel

/// Reads grants of access from the directory audit log of Microsoft Entra ID:
/// `GET /v1.0/auditLogs/directoryAudits` of Microsoft Graph.
///
/// Access is given by the creation of a user, by membership of a group, by a directory role and by
/// the assignment of an application. Everything else in the log is kept as evidence and gives no
/// record; so does an activity that did not succeed.
enum EntraAuditCollector: Collector {
  static let format = "entra_audit"
  static let summary = "Entra ID audit log (Microsoft Graph directoryAudits): access that was given"
  static let gives: [RecordType] = [.access_grant]

  static func recognises(_ head: Head) -> Bool {
    head.text.contains("$metadata#auditLogs/directoryAudits")
      || head.hasJSON("value[].activityDisplayName", "value[].activityDateTime")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.access_grant)
    try item.json(format: format, each: ["value/*"], reading) { root in
      reading.checkNextPage(
        format, isThere: root["@odata.nextLink"].text != nil, field: "@odata.nextLink")
      if root["value"].array == nil { reading.diagnose(.noEvents(format, at: item.label)) }
      return root["value"].array != nil
    } _: { element in
      let event = element.json
      guard let kind = Kind(rawValue: (event["activityDisplayName"].string ?? "").lowercased()),
        event["result"].string == "success"
      else { return }
      let grant = AccessLogEvent(
        id: event["id"].text, system: "entra", beneficiary: beneficiary(event),
        roles: kind == .user ? [] : roles(event), at: event["activityDateTime"].instant,
        place: element.pointer)
      if let record = grant.record(format, item, reading) { reading.append(record) }
    }
  }

  private static func beneficiary(_ event: JSON) -> String? {
    let targets = event["targetResources"].elements
    let kinds = ["User", "ServicePrincipal"]
    // A user before the application's own principal, which is a target too.
    let found = kinds.lazy.compactMap { kind in
      targets.first { $0["type"].string == kind }
    }.first
    return found?["userPrincipalName"].text?.lowercased() ?? found?["id"].text
  }

  /// Names of groups and roles stand among the changed properties, each as JSON text in a string.
  private static func roles(_ event: JSON) -> [String] {
    let names = ["Role.DisplayName", "Group.DisplayName", "AppRole.DisplayName"]
    let changed = event["targetResources"].elements.flatMap { target in
      target["modifiedProperties"].elements.filter {
        names.contains($0["displayName"].string ?? "")
      }
      .compactMap { $0["newValue"].text }.map(unquoted)
    }
    if !changed.isEmpty { return changed.filter { !isNoneSpelling($0) } }
    return event["targetResources"].elements.filter { $0["type"].string != "User" }
      .compactMap { $0["displayName"].text }
  }

  private static func unquoted(_ text: String) -> String {
    (try? JSON.parse(text.utf8))?.string ?? text
  }

  private enum Kind: String {
    case user = "add user"
    case group = "add member to group"
    case role = "add member to role"
    case eligible = "add eligible member to role"
    case activated = "add member to role completed (pim activation)"
    case application = "add app role assignment grant to user"
    case assignment = "add app role assignment to service principal"
  }
}
