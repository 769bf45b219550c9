import VouchModel

/// Reads `aws backup list-restore-jobs`: restores that were tried, the only proof that a backup can
/// be used. Restore testing also validates what came out.
enum AWSRestoreJobsCollector: Collector {
  static let format = "aws_restore_jobs"
  static let summary = "AWS Backup restore jobs (list-restore-jobs)"
  static let gives: [RecordType] = [.restore_test]

  static func recognises(_ head: Head) -> Bool { head.hasJSON("RestoreJobs[]") }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.restore_test)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    for (index, job) in answer.json["RestoreJobs"].elements.enumerated() {
      let place = "\(answer.pointer)/RestoreJobs/\(index)"
      guard let id = job["RestoreJobId"].text else {
        reading.diagnose(
          .missingField(
            format, "RestoreJobId", at: item.at(place),
            why: "a restore without an id cannot be told apart"))
        continue
      }
      let word = job["Status"].string ?? ""
      guard ["PENDING", "RUNNING", "COMPLETED", "ABORTED", "FAILED"].contains(word) else {
        reading.diagnose(
          .unknownWord(
            format, "Status", word, at: item.at(place),
            why: "a restore that neither succeeded nor failed proves nothing"))
        continue
      }
      // One that is still running is no test yet.
      if word == "PENDING" || word == "RUNNING" { continue }
      var record = Record(.restore_test, place: place)
      record["test_id"] = .text(id)
      record["store_id"] = .text(
        (job["SourceResourceArn"].text ?? item.options["store"]).map(item.store(called:)))
      record["backup_id"] = .text(job["RecoveryPointArn"].text)
      record["started_at"] = .instant(AWSAnswer.instant(job["CreationDate"]))
      record["ended_at"] = .instant(AWSAnswer.instant(job["CompletionDate"]))
      record["result"] = .text(word == "COMPLETED" ? "success" : "failed")
      switch job["ValidationStatus"].text {
      case "SUCCESSFUL"?: record["checksum_match"] = .flag(true)
      case "FAILED"?: record["checksum_match"] = .flag(false)
      default: break
      }
      record["kind"] = .text("restore")
      reading.append(record)
    }
  }
}
