import Foundation
import VouchModel

/// Reads the credential report of an AWS account: one row for the root and for each IAM user.
///
/// The console saves it as CSV; the command line prints JSON with the CSV in base64, and only that
/// form says when the report was made. Every principal's console password, factor and keys are in
/// it; roles and rights are not, see ``AWSAuthorizationDetailsCollector``.
enum AWSCredentialReportCollector: Collector {
  static let format = "aws_credential_report"
  static let summary = "AWS IAM credential report, as CSV or as the command line prints it"
  static let gives: [RecordType] = [.account, .key]

  private static let firstColumns = "user,arn,user_creation_time"
  /// `user,arn,user_creation_time` in base64.
  private static let firstColumnsEncoded = "dXNlcixhcm4sdXNlcl9jcmVhdGlvbl90aW1l"

  static func recognises(_ head: Head) -> Bool {
    if head.json != nil {
      return head.hasJSON("Content")
        && (head.text.contains(firstColumns) || head.text.contains(firstColumnsEncoded))
    }
    guard let header = head.delimitedHeader else { return false }
    return header.starts(with: ["user", "arn"]) && header.contains("mfa_active")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.account, .key)
    guard let report = try csv(item, reading) else { return }
    try item.rows(of: report, format: format, reading) { row in
      guard let user = User(row, item, reading) else { return }
      reading.append(user.account(at: row.place))
      for key in user.keyRecords(at: row.place) { reading.append(key) }
    }
  }

  /// The report's CSV, out of its JSON wrapping if there is one.
  private static func csv(_ item: EvidenceItem, _ reading: Reading) throws -> [UInt8]? {
    let head = Head(raw: try item.head(), name: item.provenance.name)
    if head.json == nil { return try item.decodedText(reading) }
    guard let answer = try AWSAnswer(item, format: format, reading) else { return nil }
    reading.effectiveAt = AWSAnswer.instant(answer.json["GeneratedTime"])
    let content = answer.json["Content"].string ?? ""
    if content.hasPrefix(firstColumns) { return Array(content.utf8) }
    if let decoded = Data(base64Encoded: content, options: .ignoreUnknownCharacters),
      decoded.starts(with: firstColumns.utf8)
    {
      return Array(decoded)
    }
    reading.diagnose(.noReportInside(at: item.at("/Content")))
    return nil
  }
}

/// One row of the report.
private struct User {
  let principal: AWSPrincipal
  let createdAt: Instant?
  let hasPassword: Bool
  let passwordUsedAt: Instant?
  let hasFactor: Bool?
  let keys: [AccountKey]

  init?(_ row: Row, _ item: EvidenceItem, _ reading: Reading) {
    let place = item.at(row.place)
    let format = AWSCredentialReportCollector.format
    guard let arn = row["arn"], let principal = AWSPrincipal(arn: arn) else {
      reading.diagnose(
        .missingField(format, "arn", at: place, why: "an account without a name cannot be tested"))
      return nil
    }
    // The root always has a password, and the report writes not_supported.
    let password = row.raw("password_enabled") ?? ""
    guard let hasPassword = principal.isRoot ? true : flagSpelling(password) else {
      reading.diagnose(
        .unknownWord(
          format, "password_enabled", password, at: place,
          why: "whether a person can sign in decides if the account needs a second factor"))
      return nil
    }
    self.principal = principal
    self.hasPassword = hasPassword
    createdAt = row["user_creation_time"].flatMap { WrittenTime(iso: $0)?.instant }
    passwordUsedAt = row["password_last_used"].flatMap { WrittenTime(iso: $0)?.instant }
    hasFactor = row["mfa_active"].flatMap(flagSpelling)
    keys = ["access_key_1", "access_key_2", "cert_1", "cert_2"].compactMap { Self.key($0, row) }
  }

  /// A slot that holds a key; nil for a slot that is empty.
  private static func key(_ slot: String, _ row: Row) -> AccountKey? {
    func time(_ column: String) -> Instant? {
      row["\(slot)_\(column)"].flatMap { WrittenTime(iso: $0)?.instant }
    }
    let active = row["\(slot)_active"].flatMap(flagSpelling)
    let rotated = time("last_rotated")
    guard active == true || rotated != nil else { return nil }
    return AccountKey(
      id: slot, active: active, rotatedAt: rotated, lastUsedAt: time("last_used_date"))
  }

  func account(at place: String) -> Record {
    var record = Record.account(
      source: "aws", id: principal.id, names: [principal.name], place: place)
    // A console password is for people; an account with keys only may serve either.
    if hasPassword, !principal.isRoot { record["kind"] = .text("human") }
    let canBeUsed = hasPassword || keys.contains { $0.active == true }
    record["status"] = .text(canBeUsed ? "active" : "disabled")
    if principal.isRoot { record["privileged"] = .flag(true) }
    record["interactive"] = .flag(hasPassword)
    record["is_root"] = .flag(principal.isRoot)
    record["created_at"] = .instant(createdAt)
    let uses = [passwordUsedAt] + keys.map(\.lastUsedAt)
    record["last_used_at"] = .instant(uses.compactMap { $0 }.max())
    record["mfa_enrolled"] = .flag(hasFactor)
    // AWS asks for a registered factor at every console sign-in and cannot be told not to (IAM
    // User Guide, "MFA enabled sign-in"); without one the password alone is enough.
    if hasPassword { record["mfa_enforced"] = .flag(hasFactor) }
    record["keys"] = AccountKey.column(keys)
    return record
  }

  func keyRecords(at place: String) -> [Record] {
    keys.map { key in
      var record = Record(.key, place: place)
      record["key_id"] = .text("\(principal.id)/\(key.id)")
      record["kind"] = .text(key.id.hasPrefix("access") ? "access_key" : "service_credential")
      record["owner_id"] = .text(principal.id)
      record["rotated_at"] = .instant(key.rotatedAt)
      record["last_used_at"] = .instant(key.lastUsedAt)
      // IAM has no rotation of its own for users' keys.
      record["auto_rotation"] = .flag(false)
      record["active"] = .flag(key.active)
      return record
    }
  }
}

extension Diagnostic {
  fileprivate static func noReportInside(at place: String) -> Diagnostic {
    Diagnostic(
      "aws_credential_report.no-report", .error, at: place,
      "'Content' holds no credential report, neither in base64 nor as text",
      why: "without the report no account of this AWS account is known",
      fix: "run aws iam generate-credential-report, wait, then aws iam get-credential-report")
  }
}
