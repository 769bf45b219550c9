import VouchModel

/// Reads `aws backup list-recovery-points-by-resource` and `…-by-backup-vault`: the backups that
/// exist.
///
/// By resource, only the request names what was backed up: the option `store` does, or the
/// resource's name in the command line.
enum AWSRecoveryPointsCollector: Collector {
  static let format = "aws_recovery_points"
  static let summary = "AWS Backup recovery points (list-recovery-points-by-…)"
  static let gives: [RecordType] = [.backup_job]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("RecoveryPoints[].RecoveryPointArn")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.backup_job)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    let requested = resource(in: item.provenance.endpoint)
    for (index, point) in answer.json["RecoveryPoints"].elements.enumerated() {
      let place = "\(answer.pointer)/RecoveryPoints/\(index)"
      guard let id = point["RecoveryPointArn"].text else {
        reading.diagnose(
          .missingField(
            format, "RecoveryPointArn", at: item.at(place),
            why: "a backup without a name cannot be told apart"))
        continue
      }
      let word = point["Status"].string ?? ""
      guard let status = status(word) else {
        reading.diagnose(
          .unknownWord(
            format, "Status", word, at: item.at(place),
            why: "a backup that neither is complete nor failed proves no recovery point"))
        continue
      }
      guard let store = point["ResourceArn"].text ?? requested ?? item.options["store"] else {
        reading.diagnose(.resourceUnknown(at: item.at(place)))
        continue
      }
      let vault = point["BackupVaultName"].text
      var record = Record.backupJob(source: "aws_backup", id: id, place: place)
      record["store_id"] = .text(item.store(called: store))
      record["started_at"] = .instant(AWSAnswer.instant(point["CreationDate"]))
      record["ended_at"] = .instant(AWSAnswer.instant(point["CompletionDate"]))
      record["status"] = .text(status)
      record["bytes"] = .integer(
        point["BackupSizeBytes"].integer ?? point["BackupSizeInBytes"].integer)
      // A point without a key is encrypted by the service it comes from, or not at all.
      if point["IsEncrypted"].flag == true || point["EncryptionKeyArn"].text != nil {
        record["encrypted"] = .flag(true)
      } else if point["IsEncrypted"].flag == false {
        record["encrypted"] = .flag(false)
      }
      record["target"] = .text(item.backupTarget(vault))
      record["offsite"] = .flag(item.isOffsite(vault))
      reading.append(record)
    }
  }

  private static func status(_ word: String) -> String? {
    switch word {
    case "COMPLETED", "AVAILABLE": "success"
    case "PARTIAL": "partial"
    case "CREATING": "running"
    case "STOPPED", "EXPIRED", "DELETING": "failed"
    default: nil
    }
  }

  /// What stands behind `--resource-arn` in the command.
  private static func resource(in command: String) -> String? {
    let words = command.split { $0.isWhitespace || "[]\",".contains($0) }
    guard let at = words.firstIndex(of: "--resource-arn"), at + 1 < words.count else { return nil }
    return String(words[at + 1])
  }
}

extension Diagnostic {
  fileprivate static func resourceUnknown(at place: String) -> Diagnostic {
    Diagnostic(
      "aws_recovery_points.resource-unknown", .error, at: place,
      "neither the answer nor the request names what was backed up",
      why: "a backup of an unknown store protects none",
      fix: "set the source's option store, or list the points of a vault")
  }
}
