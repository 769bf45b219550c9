import VouchModel

/// Keeps documents that attestations rest on: minutes, reports, letters.
///
/// They are preserved and packed for people to read; no record comes from them. An attestation
/// names its document by SHA-256, and that is how the two are joined.
enum AttachmentCollector: Collector {
  static let format = "attachment"
  static let summary = "Documents of any kind that attestations name by their digest"
  static let gives: [RecordType] = []

  // A document can be anything, so only configuration says that a file is one.
  static func recognises(_ head: Head) -> Bool { false }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {}
}
