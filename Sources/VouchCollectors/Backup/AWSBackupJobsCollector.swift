import VouchModel

/// Reads `aws backup list-backup-jobs`. A job that expired did not begin within its window, which
/// is a failure like any other.
enum AWSBackupJobsCollector: Collector {
  static let format = "aws_backup_jobs"
  static let summary = "AWS Backup jobs (list-backup-jobs)"
  static let gives: [RecordType] = [.backup_job]

  static func recognises(_ head: Head) -> Bool { head.hasJSON("BackupJobs[]") }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.backup_job)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    for (index, job) in answer.json["BackupJobs"].elements.enumerated() {
      let place = "\(answer.pointer)/BackupJobs/\(index)"
      guard let id = job["BackupJobId"].text else {
        reading.diagnose(
          .missingField(
            format, "BackupJobId", at: item.at(place),
            why: "a job without an id cannot be told apart"
          ))
        continue
      }
      let word = job["State"].string ?? ""
      guard let status = status(word) else {
        reading.diagnose(
          .unknownWord(
            format, "State", word, at: item.at(place),
            why: "a backup that neither succeeded nor failed proves no recovery point"))
        continue
      }
      let vault = job["BackupVaultName"].text
      var record = Record.backupJob(source: "aws_backup", id: id, place: place)
      record["store_id"] = .text(job["ResourceArn"].text.map(item.store(called:)))
      record["started_at"] = .instant(AWSAnswer.instant(job["CreationDate"]))
      record["ended_at"] = .instant(AWSAnswer.instant(job["CompletionDate"]))
      record["status"] = .text(status)
      record["bytes"] = .integer(job["BackupSizeInBytes"].integer)
      if job.has("IsEncrypted") { record["encrypted"] = .flag(job["IsEncrypted"].flag) }
      record["target"] = .text(item.backupTarget(vault))
      record["offsite"] = .flag(item.isOffsite(vault))
      reading.append(record)
    }
  }

  private static func status(_ state: String) -> String? {
    switch state {
    case "COMPLETED": "success"
    case "FAILED", "ABORTED", "EXPIRED": "failed"
    case "PARTIAL": "partial"
    case "CREATED", "PENDING", "RUNNING", "ABORTING": "running"
    default: nil
    }
  }
}
