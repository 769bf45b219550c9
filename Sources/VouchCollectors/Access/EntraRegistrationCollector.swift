import VouchModel

/// Reads which second factors the users of Entra ID have registered:
/// `GET /v1.0/reports/authenticationMethods/userRegistrationDetails`, or its predecessor
/// `credentialUserRegistrationDetails`.
///
/// `isMfaCapable` counts, registered and allowed by policy, not `isMfaRegistered` alone. That a
/// factor is demanded is another matter, see ``EntraConditionalAccessCollector``.
enum EntraRegistrationCollector: Collector {
  static let format = "entra_registration_details"
  static let summary = "Entra ID registration of second factors (Microsoft Graph report)"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("value[].userPrincipalName", "value[].isMfaRegistered")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let root = try item.json(format: format, reading) else { return }
    reading.checkNextPage(
      format, isThere: root["@odata.nextLink"].text != nil, field: "@odata.nextLink")
    for (index, user) in root["value"].elements.enumerated() {
      let place = "/value/\(index)"
      guard let id = user["id"].text else {
        reading.diagnose(
          .missingField(
            format, "id", at: item.at(place), why: "an account without an id cannot be tested"))
        continue
      }
      var record = Record.account(
        source: "entra", id: id, names: [user["userPrincipalName"].text], place: place)
      // The predecessor has no isMfaCapable; its isCapable also means resetting a password.
      let registered =
        user.has("isMfaCapable") ? user["isMfaCapable"].flag : user["isMfaRegistered"].flag
      record["mfa_enrolled"] = .flag(registered)
      if user.has("isAdmin") { record["privileged"] = .flag(user["isAdmin"].flag) }
      let methods = user["methodsRegistered"].strings ?? user["authMethods"].strings
      record["factors"] = .list(methods?.sorted())
      reading.append(record)
    }
  }
}
