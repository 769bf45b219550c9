import VouchModel

/// Recognises archives, so that they are kept without being read: their members are evidence of
/// their own.
enum ArchiveCollector: Collector {
  static let format = "archive"
  static let summary = "zip and gzip files; what they hold is preserved and read member by member"
  static let gives: [RecordType] = []

  static func recognises(_ head: Head) -> Bool {
    head.raw.starts(with: [0x50, 0x4B, 0x03, 0x04]) || head.raw.starts(with: [0x1F, 0x8B])
  }

  static func read(_ item: EvidenceItem, into reading: Reading) throws {}
}
