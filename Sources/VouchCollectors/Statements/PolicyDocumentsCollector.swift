import Foundation
import VouchModel
import Yams

/// Reads an index of policies in YAML, or one policy in Markdown with front matter.
///
/// ```yaml
/// documents:
///   - document: POL-07
///     kind: policy
///     version: "3.2"
///     subject: access control
///     owner: p1001
///     author: p1002
///     approver: p1003
///     approved: 2026-02-01
///     effective: 2026-03-01
///     supersedes: "3.1"
///     procedure: PRC-07
///     required: yes
///     sha256: 9f3c...                # of the text as approved
///     published: {date: 2026-03-01, sha256: 9f3c...}
/// ```
///
/// In Markdown the text is everything below the front matter, so `sha256` is what
/// `sed '1,/^---$/d' POLICY.md | sha256sum` prints, and a text changed after approval shows.
enum PolicyDocumentsCollector: Collector {
  static let format = "policy_documents"
  static let summary = "an index of policies in YAML, or a policy in Markdown with front matter"
  static let gives: [RecordType] = [.document]

  private static let fields = [
    "document", "kind", "version", "subject", "title", "owner", "author", "approver", "approved",
    "effective", "supersedes", "procedure", "role", "required", "sha256", "published",
  ]

  static func recognises(_ head: Head) -> Bool {
    head.isStatement(
      "document", list: "documents", others: ["version", "approver", "approved", "owner"])
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    reading.provides(.document)
    let file = try StatementFile.read(item, format: format, list: "documents", reading)
    for entry in file?.entries ?? [] {
      entry.refuseUnknownKeys(besides: fields, reading)
      if let record = record(entry, reading) { reading.append(record) }
    }
  }

  private static func record(_ entry: Entry, _ reading: Reading) -> Record? {
    guard let id = entry.text("document"), let version = entry.text("version") else {
      let missing = entry.text("document") == nil ? "document" : "version"
      reading.diagnose(
        Diagnostic(
          "policy_documents.incomplete", .error, at: reading.item.at(entry.place),
          "the document does not say: \(missing)",
          why: "approvals belong to one version of one document", fix: "add \(missing):"))
      return nil
    }
    var record = Record(.document, place: entry.place)
    record["doc_id"] = .text(id)
    record["version"] = .text(version)
    record["kind"] = .text(entry.text("kind"))
    record["subject"] = .text(entry.text("subject") ?? entry.text("title"))
    record["owner_id"] = .text(entry.text("owner"))
    record["author_id"] = .text(entry.text("author"))
    record["approver_id"] = .text(entry.text("approver"))
    record["approved_at"] = .instant(entry.instant("approved", reading))
    record["effective_at"] = .instant(entry.instant("effective", reading))
    record["supersedes"] = .text(entry.text("supersedes"))
    record["procedure_id"] = .text(entry.text("procedure"))
    record["role"] = .text(entry.text("role"))
    record["required"] = .flag(entry.text("required").flatMap(flagSpelling))
    record["digest"] = .text(entry.digest(entry.node("sha256"), called: "sha256", reading)?.hex)
    record["stored_digest"] = .text(entry.body.map { Digest.sha256($0).hex })
    addPublication(entry, to: &record, reading)
    return record
  }

  private static func addPublication(_ entry: Entry, to record: inout Record, _ reading: Reading) {
    guard let published = entry.node("published")?.mapping else { return }
    func node(_ key: String) -> Node? { published.first { $0.key.string == key }?.value }
    record["published_at"] = .instant(
      node("date").flatMap { entry.instant($0, called: "published.date", reading) })
    record["published_digest"] = .text(
      entry.digest(node("sha256"), called: "published.sha256", reading)?.hex)
  }
}
