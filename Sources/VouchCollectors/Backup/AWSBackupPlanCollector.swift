import VouchModel

/// Reads `aws backup get-backup-plan`: what should be backed up when, and kept how long.
///
/// A plan proves no backup; it becomes a document with its version, beside the jobs that do.
enum AWSBackupPlanCollector: Collector {
  static let format = "aws_backup_plan"
  static let summary = "AWS Backup plan (get-backup-plan)"
  static let gives: [RecordType] = [.document]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("BackupPlan.Rules[]") || head.hasJSON("BackupPlan", "BackupPlanId")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.document)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    let plan = answer.json["BackupPlan"]
    guard let id = answer.json["BackupPlanArn"].text ?? answer.json["BackupPlanId"].text else {
      reading.diagnose(
        .missingField(
          format, "BackupPlanArn", at: item.label, why: "a plan without a name cannot be told apart"
        ))
      return
    }
    var record = Record(.document, place: "\(answer.pointer)/BackupPlan")
    record["doc_id"] = .text(id)
    record["kind"] = .text("backup_plan")
    record["version"] = .text(answer.json["VersionId"].text)
    record["effective_at"] = .instant(AWSAnswer.instant(answer.json["CreationDate"]))
    record["stored_digest"] = .text(item.digest.hex)
    record["subject"] = .text(summary(plan))
    reading.append(record)
  }

  /// `test: dev cron(0 5 ? * * *) kept 21 days in Default`.
  private static func summary(_ plan: JSON) -> String {
    let rules = plan["Rules"].elements.map { rule in
      let days = rule.at("Lifecycle", "DeleteAfterDays").text.map { "\($0) days" } ?? "for ever"
      return
        "\(rule["RuleName"].text ?? "") \(rule["ScheduleExpression"].text ?? "") kept \(days) in "
        + (rule["TargetBackupVaultName"].text ?? "")
    }
    return "\(plan["BackupPlanName"].text ?? ""): \(rules.joined(separator: "; "))"
  }
}
