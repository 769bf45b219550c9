import Foundation
import VouchModel

/// Reads statements of named persons: YAML, or Markdown whose text is the statement.
///
/// ```yaml
/// attestations:
///   - attestation: ATT-2026-Q3-PHY
///     control: PHY-01
///     person: p1017                  # as in the roster
///     role: facility manager
///     date: 2026-09-30
///     period: 2026-Q3                # or 2026-07-01..2026-10-01
///     covers: [exceptions, user_controls]
///     refers_to: site-ber
///     attachment: {file: site-report.pdf, sha256: 9f3c...}
///     statement: I read the report of the data centre for this period.
/// ```
///
/// In Markdown the same fields are the front matter, and `attachment: self` says that the text
/// below it is the document, such as the minutes of a meeting.
enum AttestationCollector: Collector {
  static let format = "attestation"
  static let summary = "statements of named persons, YAML or Markdown with front matter"
  static let gives: [RecordType] = [.attestation]

  private static let fields = [
    "attestation", "control", "person", "role", "date", "period", "covers", "refers_to",
    "attachment", "statement",
  ]

  static func recognises(_ head: Head) -> Bool {
    head.isStatement(
      "attestation", list: "attestations", others: ["control", "person", "date", "statement"])
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.attestation)
    let file = try StatementFile.read(item, format: format, list: "attestations", reading)
    for entry in file?.entries ?? [] {
      entry.refuseUnknownKeys(besides: fields, reading)
      if let record = record(entry, reading) { reading.append(record) }
    }
  }

  private static func record(_ entry: Entry, _ reading: Reading) -> Record? {
    var missing: [String] = []
    func need(_ key: String) -> String? {
      let text = entry.text(key)
      if text == nil { missing.append(key) }
      return text
    }
    var record = Record(.attestation, place: entry.place)
    record["attestation_id"] = .text(need("attestation"))
    record["control_id"] = .text(need("control"))
    record["person_id"] = .text(need("person"))
    let date = need("date")
    let body = entry.body.map { String(decoding: $0, as: UTF8.self) }
    let statement = entry.text("statement") ?? body?.trimmingCharacters(in: .whitespacesAndNewlines)
    if statement == nil { missing.append("statement") }
    record["statement"] = .text(statement)
    record["role"] = .text(entry.text("role"))
    record["covers"] = .list(entry.list("covers"))
    record["refers_to"] = .text(entry.text("refers_to"))
    let digest = attachmentDigest(entry, missing: &missing, reading)
    record["attachment_digest"] = .text(digest?.hex)
    guard missing.isEmpty else {
      reading.diagnose(.incomplete(missing, at: reading.item.at(entry.place)))
      return nil
    }
    guard date != nil, let made = entry.instant("date", reading), digest != nil else { return nil }
    record["made_at"] = .instant(made)
    guard addPeriod(entry, to: &record, reading) else { return nil }
    return record
  }

  private static func attachmentDigest(
    _ entry: Entry, missing: inout [String], _ reading: Reading
  ) -> Digest? {
    if let body = entry.body, entry.text("attachment") == "self" { return .sha256(body) }
    let node = entry.node("attachment")?.mapping?.first { $0.key.string == "sha256" }?.value
    guard let node, Entry.text(node) != nil else {
      missing.append("attachment: {sha256: ...}")
      return nil
    }
    return entry.digest(node, called: "attachment.sha256", reading)
  }

  /// False when a period is written and cannot be read.
  private static func addPeriod(
    _ entry: Entry, to record: inout Record, _ reading: Reading
  ) -> Bool {
    guard let written = entry.text("period") else { return true }
    let place = reading.item.at(entry.place(of: entry.node("period")))
    guard let zone = reading.item.zone else {
      reading.diagnose(
        Diagnostic(
          "attestation.zone-unknown", .error, at: place, "'period' names no time zone",
          why: "days begin at midnight of some zone", fix: "add zone: Europe/Berlin to the source"))
      return false
    }
    guard let period = Period(written, in: zone) else {
      reading.diagnose(
        Diagnostic(
          "attestation.period", .error, at: place, "'period' is no period",
          why: "the statement covers nothing",
          fix: "write 2026-Q3, 2026-07, 2026 or 2026-07-01..2026-10-01 (first day after it)"))
      return false
    }
    record["period_from"] = .instant(period.start)
    record["period_to"] = .instant(period.end)
    return true
  }
}

extension Diagnostic {
  fileprivate static func incomplete(_ missing: [String], at place: String) -> Diagnostic {
    Diagnostic(
      "attestation.incomplete", .error, at: place,
      "the attestation does not say: \(missing.joined(separator: ", "))",
      why: "a statement counts only with a named person, a date and the document it rests on",
      fix: "have the person complete it; sha256sum FILE gives the digest of the attachment")
  }
}
