import VouchModel

/// Reads the users of Okta: the array of `GET /api/v1/users`, or one user's object.
///
/// The listing leaves out deprovisioned users unless it asks for them
/// (`filter=status eq "DEPROVISIONED"`), so leavers need a second call; a listing without any
/// says so in a note. Factors and roles come from other calls.
enum OktaUsersCollector: Collector {
  static let format = "okta_users"
  static let summary = "Okta users (GET /api/v1/users)"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("[].status", "[].profile.login", "[].statusChanged")
      || head.hasJSON("status", "profile.login", "statusChanged")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let root = try item.json(format: format, reading) else { return }
    let isList = root.array != nil
    var hasLeavers = false
    for (index, user) in (root.array ?? [root]).enumerated() {
      let place = isList ? "/\(index)" : ""
      guard let id = user["id"].text else {
        reading.diagnose(
          .missingField(
            format, "id", at: item.at(place), why: "an account without an id cannot be tested"))
        continue
      }
      let word = user["status"].string ?? ""
      guard let status = Status(okta: word) else {
        reading.diagnose(
          .unknownWord(
            format, "status", word, at: item.at(place),
            why: "an account that is neither active nor disabled is in no access population"))
        continue
      }
      hasLeavers = hasLeavers || status == .disabled
      reading.append(account(user, id, status, at: place))
    }
    if isList, !hasLeavers { reading.diagnose(.leaversLeftOut(at: item.label)) }
  }

  private enum Status: String {
    case active, suspended, disabled, invited

    init?(okta word: String) {
      switch word {
      case "ACTIVE", "PASSWORD_EXPIRED", "RECOVERY", "LOCKED_OUT": self = .active
      case "SUSPENDED": self = .suspended
      case "DEPROVISIONED": self = .disabled
      case "STAGED", "PROVISIONED": self = .invited
      default: return nil
      }
    }
  }

  private static func account(
    _ user: JSON, _ id: String, _ status: Status, at place: String
  ) -> Record {
    let profile = user["profile"]
    var record = Record.account(
      source: "okta", id: id, names: [profile["login"].text, profile["email"].text], place: place)
    record["person_id"] = .text(profile["employeeNumber"].text)
    record["kind"] = .text("human")
    record["status"] = .text(status.rawValue)
    record["interactive"] = .flag(true)
    record["is_root"] = .flag(false)
    record["created_at"] = .instant(user["created"].instant)
    record["last_used_at"] = .instant(user["lastLogin"].instant)
    if status == .suspended || status == .disabled {
      record["disabled_at"] = .instant(user["statusChanged"].instant)
    }
    return record
  }
}

extension Diagnostic {
  fileprivate static func leaversLeftOut(at place: String) -> Diagnostic {
    Diagnostic(
      "okta_users.no-leavers", .note, at: place, "no user of this listing is deprovisioned",
      why: "Okta leaves deprovisioned users out unless the request filters for them",
      fix: "collect a second time with filter=status eq \"DEPROVISIONED\"")
  }
}
