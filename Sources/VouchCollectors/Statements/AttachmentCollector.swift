import VouchModel

/// Keeps documents that attestations rest on: minutes, reports, letters.
///
/// They are preserved and packed for people to read. An attestation names its document by
/// SHA-256, and that is how the two are joined.
enum AttachmentCollector: Collector {
  static let format = "attachment"
  static let summary = "Documents of any kind that attestations name by their digest"
  static let gives: [RecordType] = [.document]

  // A document can be anything, so only configuration says that a file is one.
  static func recognises(_ head: Head) -> Bool { false }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {
    var record = Record(.document, place: "")
    record["doc_id"] = .text(item.provenance.name)
    record["kind"] = .text("attachment")
    record["version"] = .text(item.digest.short)
    record["digest"] = .text(item.digest.hex)
    record["stored_digest"] = .text(item.digest.hex)
    reading.append(record)
  }
}
