import VouchModel

/// Reads `pgbackrest info --output=json`: the backups of each stanza in each repository.
///
/// A stanza without a valid backup is an answer, and a bad one: it gives no rows and a warning. A
/// backup with page checksum errors is kept as partial, for its data may be damaged.
enum PgBackRestCollector: Collector {
  static let format = "pgbackrest"
  static let summary = "pgBackRest backups (pgbackrest info --output=json)"
  static let gives: [RecordType] = [.backup_job]

  static func recognises(_ head: Head) -> Bool {
    head.hasJSON("[].archive[]", "[].backup[]") || head.hasJSON("[].backup[].backrest")
      || head.hasJSON("[].archive[].database.repo-key")
      || head.hasJSON("[].status.lock.backup.held")
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.backup_job)
    guard let root = try item.json(format: format, reading) else { return }
    for (index, stanza) in root.elements.enumerated() {
      Stanza(stanza, at: "/\(index)", item, reading).read()
    }
  }
}

private struct Stanza {
  private let stanza: JSON
  private let place: String
  private let item: EvidenceItem
  private let reading: Reading
  private let name: String
  private static let format = PgBackRestCollector.format

  init(_ stanza: JSON, at place: String, _ item: EvidenceItem, _ reading: Reading) {
    self.stanza = stanza
    self.place = place
    self.item = item
    self.reading = reading
    name = stanza["name"].text ?? "main"
  }

  func read() {
    let repositories = stanza["repo"].elements
    for repository in repositories {
      report(repository["status"], where: "stanza '\(name)', repository \(key(repository["key"]))")
    }
    // Before version 2.32 there was one repository, and the stanza had its status.
    if repositories.isEmpty { report(stanza["status"], where: "stanza '\(name)'") }
    for (index, backup) in stanza["backup"].elements.enumerated() {
      append(backup, at: "\(place)/backup/\(index)")
    }
  }

  private func key(_ value: JSON) -> String { value.text ?? "1" }

  private func report(_ status: JSON, where location: String) {
    guard let code = status["code"].integer else { return }
    // 0 ok; 1 to 6 say that there is no usable backup, or not the same in all repositories.
    if code == 0 { return }
    reading.diagnose(
      .stanzaStatus(code, status["message"].text ?? "", location, at: item.at(place)))
  }

  private func append(_ backup: JSON, at place: String) {
    guard let label = backup["label"].text else {
      reading.diagnose(
        .missingField(
          Self.format, "label", at: item.at(place), why: "a backup without a label is none"))
      return
    }
    let repository = key(backup.at("database", "repo-key"))
    var record = Record.backupJob(
      source: "pgbackrest", id: "\(name)/repo\(repository)/\(label)", place: place)
    record["store_id"] = .text(item.store(called: name))
    record["started_at"] = .instant(backup.at("timestamp", "start").instant)
    record["ended_at"] = .instant(backup.at("timestamp", "stop").instant)
    record["status"] = .text(backup["error"].flag == true ? "partial" : "success")
    record["bytes"] = .integer(backup.at("info", "size").integer)
    record["encrypted"] = .flag(isEncrypted(repository))
    record["target"] = .text(item.backupTarget("repo\(repository)"))
    record["offsite"] = .flag(item.isOffsite("repo\(repository)"))
    reading.append(record)
  }

  private func isEncrypted(_ repository: String) -> Bool? {
    let own = stanza["repo"].elements.first { key($0["key"]) == repository }?["cipher"]
    guard let cipher = (own ?? stanza["cipher"]).string, cipher != "mixed" else { return nil }
    return cipher != "none"
  }
}

extension Diagnostic {
  fileprivate static func stanzaStatus(
    _ code: Int, _ message: String, _ location: String, at place: String
  ) -> Diagnostic {
    Diagnostic(
      "pgbackrest.stanza-status", code > 6 ? .error : .warning, at: place,
      "\(location): \(message.prefix(60)) (status \(code))",
      why: "pgBackRest has no usable backup there, or cannot tell",
      fix: "run pgbackrest check, then a backup; a stanza that is gone is dropped by stanza-delete")
  }
}
