import VouchModel

/// Reads `borg list --json` and `borg info --json`: the archives of a repository.
///
/// Borg 1.1 writes local times without a zone. Only `info` tells end and size, and which host was
/// backed up; from `list`, or without the option `store`, the repository stands for the store. An
/// archive named `.checkpoint` is of a run that was interrupted.
enum BorgCollector: Collector {
  static let format = "borg"
  static let summary = "BorgBackup archives (borg list --json, borg info --json)"
  static let gives: [RecordType] = [.backup_job]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("archives[]")
      && (head.hasJSON("encryption", "repository.id") || head.hasJSON("archives[].chunker_params")
        || head.hasJSON("archives[].barchive") || head.hasJSON("archives[].command_line[]")
        || head.hasJSON("archives[].id", "archives[].name", "archives[].start"))
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.backup_job)
    guard let root = try item.json(format: format, reading) else { return }
    let problems = RepeatedProblems()
    let times = TimeFields(item, format: format, problems: problems)
    let location = root.at("repository", "location").text.map(withoutUser)
    let isEncrypted = isEncrypted(root["encryption"])
    for (index, archive) in root["archives"].elements.enumerated() {
      let place = "/archives/\(index)"
      guard let id = archive["id"].text else {
        reading.diagnose(
          .missingField(
            format, "id", at: item.at(place), why: "a backup without an id cannot be told apart"))
        continue
      }
      let name = archive["name"].text ?? ""
      var record = Record.backupJob(source: "borg", id: id, place: place)
      record["store_id"] = .text(item.store(called: archive["hostname"].text ?? location ?? name))
      record["started_at"] = .instant(
        times.instant(
          archive.has("start") ? archive["start"] : archive["time"], "start", at: place,
          severity: .error))
      record["ended_at"] = .instant(times.instant(archive["end"], "end", at: place))
      record["status"] = .text(name.contains(".checkpoint") ? "partial" : "success")
      record["bytes"] = .integer(archive.at("stats", "original_size").integer)
      record["encrypted"] = .flag(isEncrypted)
      record["target"] = .text(item.backupTarget(location))
      record["offsite"] = .flag(item.isOffsite(item.backupTarget(location)))
      reading.append(record)
    }
    problems.report(to: reading)
  }

  /// `authenticated` protects from change, not from reading. Borg 2 names the cipher instead.
  private static func isEncrypted(_ encryption: JSON) -> Bool? {
    guard let mode = encryption["mode"].string ?? encryption["encryption"].string else {
      return nil
    }
    return mode != "none" && !mode.hasPrefix("authenticated")
  }

  /// `ssh://user@host/path` and `user@host:path` without the user.
  private static func withoutUser(_ location: String) -> String {
    let scheme = location.firstRange(of: "://").map { String(location[..<$0.upperBound]) } ?? ""
    let rest = location.dropFirst(scheme.count)
    guard let at = rest.firstIndex(of: "@"), !rest[..<at].contains("/") else { return location }
    return scheme + rest[rest.index(after: at)...]
  }
}
