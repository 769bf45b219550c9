import VouchModel

/// Reads the conditional access policies of Entra ID
/// (`GET /v1.0/identity/conditionalAccess/policies`): whether sign-in demands a second factor.
///
/// Policies are about everybody, so the answer is a row for the account `*` with `mfa_enforced`,
/// and rows of their own for the users that a policy excludes.
enum EntraConditionalAccessCollector: Collector {
  static let format = "entra_conditional_access"
  static let summary = "Entra ID conditional access policies (Microsoft Graph)"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("value[].grantControls") || head.hasJSON("value[].conditions.clientAppTypes")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let root = try item.json(format: format, reading) else { return }
    reading.checkNextPage(
      format, isThere: root["@odata.nextLink"].text != nil, field: "@odata.nextLink")
    // Half a set of policies could hide an exclusion, or the one policy that counts.
    guard reading.isComplete else { return }
    for record in ConditionalAccess(root["value"].elements).records(at: "/value") {
      reading.append(record)
    }
  }
}
