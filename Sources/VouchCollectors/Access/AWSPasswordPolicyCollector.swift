import VouchModel

/// Reads `aws iam get-account-password-policy`: the policy for the console passwords of all users.
///
/// The row is for the account `*`, or `123456789012/*` when the source's option `account` names the
/// AWS account. An AWS account without a policy answers with the error `NoSuchEntity`, which is an
/// answer: AWS then accepts eight characters (IAM User Guide, "Default password policy").
enum AWSPasswordPolicyCollector: Collector {
  static let format = "aws_password_policy"
  static let summary = "AWS IAM get-account-password-policy"
  static let gives: [RecordType] = [.account]

  private static let noPolicy = "(NoSuchEntity)"

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("PasswordPolicy.MinimumPasswordLength")
      || (head.json == nil && head.text.contains(noPolicy)
        && head.text.contains("GetAccountPasswordPolicy"))
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    let head = Head(raw: try item.head(), name: item.provenance.name)
    if head.json == nil, head.text.contains(noPolicy) {
      reading.append(row(length: 8, item, at: "L1"))
      return
    }
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    let policy = answer.json["PasswordPolicy"]
    reading.append(
      row(
        length: policy["MinimumPasswordLength"].integer, item,
        at: "\(answer.pointer)/PasswordPolicy"))
  }

  private static func row(length: Int?, _ item: EvidenceItem, at place: String) -> Record {
    let account = item.options["account"].map { "\($0)/*" } ?? "*"
    var record = Record.account(source: "aws", id: account, place: place)
    record["password_min_length"] = .integer(length)
    return record
  }
}
