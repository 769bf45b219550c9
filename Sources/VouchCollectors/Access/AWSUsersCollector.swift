import VouchModel

/// Reads `aws iam list-users`: who exists, since when, and when a password was last used.
///
/// It says nothing of keys, factors or whether a password exists; the credential report does.
enum AWSUsersCollector: Collector {
  static let format = "aws_iam_users"
  static let summary = "AWS IAM list-users"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("Users[].UserName", "Users[].UserId", "Users[].Arn")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    for (index, user) in answer.json["Users"].elements.enumerated() {
      let place = "\(answer.pointer)/Users/\(index)"
      guard let principal = user["Arn"].text.flatMap(AWSPrincipal.init(arn:)) else {
        reading.diagnose(
          .missingField(
            format, "Arn", at: item.at(place), why: "an account without a name cannot be tested"))
        continue
      }
      var record = Record.account(
        source: "aws", id: principal.id, names: [principal.name], place: place)
      record["is_root"] = .flag(principal.isRoot)
      record["created_at"] = .instant(AWSAnswer.instant(user["CreateDate"]))
      record["last_used_at"] = .instant(AWSAnswer.instant(user["PasswordLastUsed"]))
      reading.append(record)
    }
  }
}
