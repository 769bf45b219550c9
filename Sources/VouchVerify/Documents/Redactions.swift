import VouchModel

/// `data/secrets.csv`: files of evidence in which management replaced secrets, so that their
/// digests are not those of the ledger.
///
/// That such a file is what was collected but for the secrets cannot be checked from the package
/// alone; the reader is told how many there are.
struct Redactions: Sendable {
  /// Digest and size of the copy, by the digest that the ledger has.
  private(set) var copies: [Digest: (digest: Digest, size: Int)] = [:]

  init(_ bytes: [UInt8]) {
    for line in bytes.split(separator: 0x0A).dropFirst() {
      // The first seven cells hold nothing that needs quotes.
      let cells = line.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
      guard cells.count >= 7, cells[3] == "redacted", let collected = Digest(hex: cells[4]),
        let packed = Digest(hex: cells[5]), let size = Int(cells[6])
      else { continue }
      copies[collected] = (packed, size)
    }
  }
}
