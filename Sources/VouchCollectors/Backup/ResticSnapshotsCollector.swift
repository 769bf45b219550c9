import VouchModel

/// Reads `restic snapshots --json`: the finished backups of a repository, which restic always
/// encrypts.
///
/// What is backed up is named `host:path`; the option `store` gives the data inventory's name.
/// Versions before 0.17 give the start only. A backup that could not read some files (exit status
/// 3) is listed like any other; the job's own log tells.
enum ResticSnapshotsCollector: Collector {
  static let format = "restic_snapshots"
  static let summary = "restic snapshots (restic snapshots --json)"
  static let gives: [RecordType] = [.backup_job]

  static func recognises(_ head: Head) -> Bool {
    ["[].", "[].snapshots[]."].contains {
      head.hasJSON("\($0)time", "\($0)tree", "\($0)paths[]", "\($0)hostname")
    }
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.backup_job)
    guard let root = try item.json(format: format, reading) else { return }
    for (index, entry) in root.elements.enumerated() {
      guard entry.has("group_key") else {
        append(entry, at: "/\(index)", item, reading)
        continue
      }
      for (number, snapshot) in entry["snapshots"].elements.enumerated() {
        append(snapshot, at: "/\(index)/snapshots/\(number)", item, reading)
      }
    }
  }

  private static func append(
    _ snapshot: JSON, at place: String, _ item: EvidenceItem, _ reading: Reading
  ) {
    guard let id = snapshot["id"].text, let time = snapshot["time"].instant else {
      reading.diagnose(
        .missingField(
          format, snapshot["id"].text == nil ? "id" : "time", at: item.at(place),
          why: "a backup without them proves no recovery point"))
      return
    }
    let summary = snapshot["summary"]
    let paths = snapshot["paths"].strings ?? []
    let name = "\(snapshot["hostname"].text ?? ""):\(paths.joined(separator: ","))"
    var record = Record.backupJob(source: "restic", id: id, place: place)
    record["store_id"] = .text(item.store(called: name))
    record["started_at"] = .instant(summary["backup_start"].instant ?? time)
    record["ended_at"] = .instant(summary["backup_end"].instant)
    record["status"] = .text("success")
    record["bytes"] = .integer(summary["total_bytes_processed"].integer)
    record["encrypted"] = .flag(true)
    record["target"] = .text(item.backupTarget(nil))
    record["offsite"] = .flag(item.isOffsite(item.backupTarget(nil)))
    reading.append(record)
  }
}
