import VouchModel

/// Reads the users of Microsoft Entra ID: `GET /v1.0/users` of Microsoft Graph, or the CSV that
/// the portal's "Download users" gives.
///
/// Graph answers only the properties that are asked for; `accountEnabled` has to be among them, and
/// `signInActivity` for the last sign-in.
enum EntraUsersCollector: Collector {
  static let format = "entra_users"
  static let summary = "Entra ID users: Microsoft Graph /users, or the portal's CSV"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    if head.json != nil {
      // Sign-in logs and reports name users too; only the users themselves are in this context.
      return head.hasJSON("value[].userPrincipalName")
        && (head.text.contains("$metadata#users") || head.hasJSON("value[].accountEnabled"))
    }
    guard let header = head.delimitedHeader else { return false }
    return header.contains("userPrincipalName") && header.contains("accountEnabled")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    let head = Head(raw: try item.head(), name: item.provenance.name)
    if head.json == nil {
      try item.rows(format: format, reading) { row in
        append(User(row), at: row.place, item, reading)
      }
      return
    }
    guard let root = try item.json(format: format, reading) else { return }
    reading.checkNextPage(
      format, isThere: root["@odata.nextLink"].text != nil, field: "@odata.nextLink")
    reading.reportedTotal = root["@odata.count"].integer
    for (index, user) in root["value"].elements.enumerated() {
      append(User(user), at: "/value/\(index)", item, reading)
    }
  }

  private static func append(
    _ user: User, at place: String, _ item: EvidenceItem, _ reading: Reading
  ) {
    guard let id = user.id else {
      reading.diagnose(
        .missingField(
          format, "id", at: item.at(place), why: "an account without an id cannot be tested"))
      return
    }
    guard let isEnabled = user.isEnabled else {
      reading.diagnose(
        .missingField(
          format, "accountEnabled", at: item.at(place),
          why: "an account that is neither active nor disabled is in no access population"))
      return
    }
    var record = Record.account(source: "entra", id: id, names: user.names, place: place)
    record["person_id"] = .text(user.employee)
    record["kind"] = .text("human")
    record["status"] = .text(
      isEnabled ? user.isInvited ? "invited" : "active" : "disabled")
    record["interactive"] = .flag(true)
    record["is_root"] = .flag(false)
    record["created_at"] = .instant(user.createdAt)
    record["last_used_at"] = .instant(user.lastUsedAt)
    reading.append(record)
  }
}

private struct User {
  let id: String?
  let names: [String?]
  let employee: String?
  let isEnabled: Bool?
  /// A guest who has not accepted the invitation.
  let isInvited: Bool
  let createdAt: Instant?
  let lastUsedAt: Instant?

  init(_ json: JSON) {
    id = json["id"].text
    names = [json["userPrincipalName"].text, json["mail"].text]
    employee = json["employeeId"].text
    isEnabled = json["accountEnabled"].flag
    isInvited = json["externalUserState"].text == "PendingAcceptance"
    createdAt = json["createdDateTime"].instant
    let activity = json["signInActivity"]
    lastUsedAt =
      [
        activity["lastSignInDateTime"].instant,
        activity["lastNonInteractiveSignInDateTime"].instant,
        activity["lastSuccessfulSignInDateTime"].instant,
      ].compactMap { $0 }.max()
  }

  init(_ row: Row) {
    id = row["objectId"] ?? row["id"]
    names = [row["userPrincipalName"], row["mail"]]
    employee = row["employeeId"]
    isEnabled = row["accountEnabled"].flatMap(flagSpelling)
    isInvited = row["invitationState"] == "PendingAcceptance"
    createdAt = row["createdDateTime"].flatMap { WrittenTime(iso: $0)?.instant }
    lastUsedAt = nil
  }
}
