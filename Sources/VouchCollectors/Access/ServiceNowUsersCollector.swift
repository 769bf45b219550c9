import VouchModel

/// Reads `sys_user` of ServiceNow through its Table API.
///
/// Values are as stored, in UTC, unless the request asks for display values, which are in the zone
/// of whoever asked. That a record does not demand a second factor says nothing: a role or the
/// single sign-on may.
enum ServiceNowUsersCollector: Collector {
  static let format = "servicenow_users"
  static let summary = "ServiceNow users (Table API, sys_user)"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("result[].user_name") || head.hasJSON("result[].web_service_access_only")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let root = try item.json(format: format, reading) else { return }
    let showsDisplayValues = item.provenance.query.contains("sysparm_display_value=true")
    let zone = showsDisplayValues ? item.zone : .utc
    if zone == nil {
      reading.diagnose(
        .zoneUnknown(format, "sys_created_on", .warning, at: item.label))
    }
    for (index, user) in root["result"].elements.enumerated() {
      append(user, zone, at: "/result/\(index)", item, reading)
    }
  }

  private static func append(
    _ user: JSON, _ zone: Zone?, at place: String, _ item: EvidenceItem, _ reading: Reading
  ) {
    guard let id = user.stored("sys_id").text else {
      reading.diagnose(
        .missingField(
          format, "sys_id", at: item.at(place), why: "an account without an id cannot be tested"))
      return
    }
    guard let isActive = user.stored("active").flag else {
      reading.diagnose(
        .missingField(
          format, "active", at: item.at(place),
          why: "an account that is neither active nor disabled is in no access population"))
      return
    }
    let isService =
      user.stored("internal_integration_user").flag == true
      || user.stored("web_service_access_only").flag == true
    var record = Record.account(
      source: "servicenow", id: id,
      names: [user.stored("user_name").text, user.stored("email").text], place: place)
    record["person_id"] = .text(user.stored("employee_number").text)
    record["kind"] = .text(isService ? "service" : "human")
    let isLocked = user.stored("locked_out").flag == true
    record["status"] = .text(isActive ? isLocked ? "suspended" : "active" : "disabled")
    record["interactive"] = .flag(!isService)
    record["is_root"] = .flag(false)
    record["created_at"] = .instant(user.stored("sys_created_on").instant(in: zone))
    record["last_used_at"] = .instant(user.stored("last_login_time").instant(in: zone))
    if user.stored("enable_multifactor_authn").flag == true { record["mfa_enforced"] = .flag(true) }
    let roles = (user.stored("roles").text ?? "").split(separator: ",").map(String.init)
    if !roles.isEmpty {
      record["roles"] = .list(roles.sorted())
      record["privileged"] = .flag(!Set(roles).isDisjoint(with: ["admin", "security_admin"]))
    }
    reading.append(record)
  }
}

extension JSON {
  /// A field's stored value: plain, or beside its display value in an object.
  fileprivate func stored(_ field: String) -> JSON {
    let value = self[field]
    return value.has("value") ? value["value"] : value
  }
}
