import VouchModel

/// Reads `aws backup list-backup-vaults`: where backups are kept, and whether they are encrypted.
enum AWSBackupVaultsCollector: Collector {
  static let format = "aws_backup_vaults"
  static let summary = "AWS Backup vaults (list-backup-vaults)"
  static let gives: [RecordType] = [.data_store]

  static func recognises(_ head: Head) -> Bool { head.hasJSON("BackupVaultList[]") }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.data_store)
    guard let answer = try AWSAnswer(item, format: format, reading) else { return }
    for (index, vault) in answer.json["BackupVaultList"].elements.enumerated() {
      let place = "\(answer.pointer)/BackupVaultList/\(index)"
      guard let arn = vault["BackupVaultArn"].text else {
        reading.diagnose(
          .missingField(
            format, "BackupVaultArn", at: item.at(place),
            why: "a vault without a name cannot be joined"))
        continue
      }
      var record = Record(.data_store, place: place)
      record["store_id"] = .text(item.options["store.\(arn)"] ?? arn)
      record["kind"] = .text("backup")
      if vault["EncryptionKeyArn"].text != nil {
        record["encrypted"] = .flag(true)
        record["platform_managed"] = .flag(true)
      }
      record["location"] = .text(region(of: arn))
      // The least a lock demands; without one a backup may be deleted any day.
      record["retention_days"] = .integer(vault["MinRetentionDays"].integer)
      record["discovered"] = .flag(true)
      reading.append(record)
    }
  }

  private static func region(of arn: String) -> String? {
    let parts = arn.split(separator: ":", omittingEmptySubsequences: false)
    return parts.count > 3 && !parts[3].isEmpty ? String(parts[3]) : nil
  }
}
