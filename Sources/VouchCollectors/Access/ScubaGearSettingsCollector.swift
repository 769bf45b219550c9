import VouchModel

/// Reads `ProviderSettingsExport.json` of CISA's ScubaGear: the settings of a Microsoft 365 tenant
/// as its PowerShell modules gave them. Of these, who is privileged in Entra ID and whether
/// conditional access demands a second factor.
enum ScubaGearSettingsCollector: Collector {
  static let format = "scubagear_settings"
  static let summary = "ScubaGear provider settings: privileged users and conditional access"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("baseline_version", "module_version", "tenant_details")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let root = try item.json(format: format, reading) else { return }
    reading.effectiveAt = root["timestamp_zulu"].instant
    let failed = (root["aad_unsuccessful_commands"].strings ?? [])
    for command in failed { reading.diagnose(.commandFailed(command, at: item.label)) }

    let access = ConditionalAccess(list(root["conditional_access_policies"]))
    for (id, user) in members(root["privileged_users"]) {
      var record = privileged(id, user, kind: "human", at: "/privileged_users/\(id)")
      record["interactive"] = .flag(true)
      record["mfa_enforced"] = .flag(access.demandsSecondFactor(of: id))
      reading.append(record)
    }
    for (id, principal) in members(root["privileged_service_principals"]) {
      var record = privileged(
        id, principal, kind: "service", at: "/privileged_service_principals/\(id)")
      record["interactive"] = .flag(false)
      reading.append(record)
    }
    guard !failed.contains("Get-MgBetaIdentityConditionalAccessPolicy") else { return }
    for record in access.records(at: "/conditional_access_policies") { reading.append(record) }
  }

  private static func privileged(
    _ id: String, _ principal: JSON, kind: String, at place: String
  ) -> Record {
    var record = Record.account(source: "entra", id: id, place: place)
    record["kind"] = .text(kind)
    record["privileged"] = .flag(true)
    record["is_root"] = .flag(false)
    record["roles"] = .list(Set(principal["roles"].strings ?? []).sorted())
    return record
  }

  /// PowerShell writes a list of one as the element itself.
  private static func list(_ value: JSON) -> [JSON] {
    value.array ?? (value.isNull ? [] : [value])
  }

  private static func members(_ value: JSON) -> [(String, JSON)] {
    (value.object ?? []).map { ($0.key, $0.value) }
  }
}

extension Diagnostic {
  fileprivate static func commandFailed(_ command: String, at place: String) -> Diagnostic {
    Diagnostic(
      "scubagear_settings.command-failed", .error, at: place,
      "ScubaGear could not run \(command.prefix(60))",
      why: "what that command would have listed is missing from the export",
      fix: "grant the permissions ScubaGear asks for and run it again")
  }
}
