import VouchModel

/// Reads the users of Google Workspace: the Directory API's `users.list`, or the CSV that the admin
/// console downloads. The account's id is its primary address, which both forms have.
///
/// Enrolled in 2-step verification is not the same as enforced; both are kept. The CSV writes the
/// last sign-in without a zone and does not say who is an administrator.
enum GoogleUsersCollector: Collector {
  static let format = "google_users"
  static let summary = "Google Workspace users: Directory API, or the admin console's CSV"
  static let gives: [RecordType] = [.account]

  private static let address = "Email Address [Required]"

  static func recognises(_ head: Head) -> Bool {
    if head.json != nil {
      return head.hasJSON("users[].primaryEmail")
        || head.text.contains("\"admin#directory#users\"")
    }
    return head.delimitedHeader?.contains(address) == true
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    let head = Head(raw: try item.head(), name: item.provenance.name)
    if head.json == nil {
      try readTable(item, reading)
    } else if let root = try item.json(format: format, reading) {
      reading.checkNextPage(
        format, isThere: root["nextPageToken"].text != nil, field: "nextPageToken")
      for (index, user) in root["users"].elements.enumerated() {
        append(user, at: "/users/\(index)", item, reading)
      }
    }
  }

  private static func append(
    _ user: JSON, at place: String, _ item: EvidenceItem, _ reading: Reading
  ) {
    guard let address = user["primaryEmail"].text?.lowercased() else {
      reading.diagnose(
        .missingField(
          format, "primaryEmail", at: item.at(place),
          why: "an account without an address cannot be tested"))
      return
    }
    var record = Record.account(
      source: "google", id: address, names: [address] + (user["aliases"].strings ?? []),
      place: place)
    let deletedAt = user["deletionTime"].instant
    let isSuspended = user["suspended"].flag
    if deletedAt != nil || user["archived"].flag == true {
      record["status"] = .text("disabled")
    } else if let isSuspended {
      record["status"] = .text(isSuspended ? "suspended" : "active")
    }
    record["disabled_at"] = .instant(deletedAt)
    record["person_id"] = .text(
      user["externalIds"].elements.first { $0["type"].text == "organization" }?["value"].text)
    record["kind"] = .text("human")
    record["interactive"] = .flag(true)
    record["is_root"] = .flag(false)
    let isAdmin = user["isAdmin"].flag
    let isDelegate = user["isDelegatedAdmin"].flag
    record["privileged"] = .flag(
      isAdmin == true || isDelegate == true ? true : isAdmin.flatMap { _ in isDelegate })
    record["roles"] = .list(
      (isAdmin == true ? ["super admin"] : []) + (isDelegate == true ? ["delegated admin"] : []))
    record["created_at"] = .instant(user["creationTime"].instant)
    // 1970-01-01 stands for never.
    record["last_used_at"] = .instant(
      user["lastLoginTime"].instant.flatMap { $0.seconds > 0 ? $0 : nil })
    record["mfa_enrolled"] = .flag(user["isEnrolledIn2Sv"].flag)
    record["mfa_enforced"] = .flag(user["isEnforcedIn2Sv"].flag)
    reading.append(record)
  }

  private static func readTable(_ item: EvidenceItem, _ reading: Reading) throws {
    var lacksZone = false
    try item.rows(format: format, reading) { row in
      guard let address = row[Self.address]?.lowercased() else {
        reading.diagnose(
          .missingField(
            format, "email-address", at: item.at(row.place),
            why: "an account without an address cannot be tested"))
        return
      }
      let word = row["Status [READ ONLY]"] ?? ""
      guard let status = status(word) else {
        reading.diagnose(
          .unknownWord(
            format, "status", word, at: item.at(row.place),
            why: "an account that is neither active nor disabled is in no access population"))
        return
      }
      var record = Record.account(
        source: "google", id: address, names: [address], place: row.place)
      record["person_id"] = .text(row["Employee ID"])
      record["kind"] = .text("human")
      record["status"] = .text(status)
      record["interactive"] = .flag(true)
      record["is_root"] = .flag(false)
      if let written = row["Last Sign In [READ ONLY]"].flatMap({ WrittenTime(iso: $0) }) {
        let time = written.instant ?? item.zone?.instant(written)
        lacksZone = lacksZone || time == nil
        record["last_used_at"] = .instant(time)
      }
      record["mfa_enrolled"] = .flag(row["2sv Enrolled [READ ONLY]"].flatMap(flagSpelling))
      record["mfa_enforced"] = .flag(row["2sv Enforced [READ ONLY]"].flatMap(flagSpelling))
      reading.append(record)
    }
    if lacksZone {
      reading.diagnose(
        .zoneUnknown(format, "Last Sign In [READ ONLY]", .warning, at: item.label))
    }
  }

  private static func status(_ word: String) -> String? {
    switch word.lowercased() {
    case "active": "active"
    case "suspended": "suspended"
    case "archived": "disabled"
    default: nil
    }
  }
}
