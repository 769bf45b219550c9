import VouchModel

/// Reads `aws iam get-account-summary`: whether the root has a second factor and access keys.
///
/// The answer names no account, so the source has to (option `account`).
enum AWSAccountSummaryCollector: Collector {
  static let format = "aws_account_summary"
  static let summary = "AWS IAM get-account-summary"
  static let gives: [RecordType] = [.account]

  static func recognises(_ head: Head) -> Bool { head.hasJSON("SummaryMap") }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    let summary = answer.json["SummaryMap"]
    guard let account = item.options["account"], !account.isEmpty else {
      reading.diagnose(.accountUnknown(at: item.at("\(answer.pointer)/SummaryMap")))
      return
    }
    let root = AWSPrincipal(account: account, name: AWSPrincipal.root)
    var record = Record.account(
      source: "aws", id: root.id, names: [root.name], place: "\(answer.pointer)/SummaryMap")
    record["status"] = .text("active")
    record["is_root"] = .flag(true)
    record["privileged"] = .flag(true)
    record["interactive"] = .flag(true)
    record["mfa_enrolled"] = .flag(summary["AccountMFAEnabled"].flag)
    record["mfa_enforced"] = .flag(summary["AccountMFAEnabled"].flag)
    if let keys = summary["AccountAccessKeysPresent"].flag {
      record["keys"] = AccountKey.column(keys ? [AccountKey(id: "access_key", active: true)] : [])
    }
    reading.append(record)
  }
}

extension Diagnostic {
  fileprivate static func accountUnknown(at place: String) -> Diagnostic {
    Diagnostic(
      "aws_account_summary.account-unknown", .error, at: place,
      "the summary names no AWS account, and neither does its source",
      why: "a root without an account cannot be told from another account's root",
      fix: "set the source's option account to the twelve digits of the AWS account")
  }
}
