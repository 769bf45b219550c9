/// The digest that names a population: SHA-256 over the keys of its items, sorted by their bytes,
/// each followed by a line feed.
///
/// It stands in the package before an auditor names the seed of a sample, so that nobody can have
/// chosen the population to fit the seed. Keys are taken as the population's CSV has them
/// (``key(_:)``), so that anybody can work the digest out from that file.
public final class PopulationDigest {
  private var hash: SHA256? = SHA256()
  private var last: [UInt8] = []
  private var isSorted = true

  public init() {}

  /// Adds the next key; keys mostly come sorted, and then none is kept.
  public func add(_ key: String) {
    guard isSorted else { return }
    let bytes = Array(Self.key(key).utf8)
    if bytes.lexicographicallyPrecedes(last) {
      isSorted = false
      return
    }
    (bytes + [0x0A]).withUnsafeBytes { hash?.update($0) }
    last = bytes
  }

  /// - Parameter keys: gives all keys once more; called when they did not come sorted.
  public func finish(_ keys: () throws -> [String]) rethrows -> Digest {
    if isSorted, let hash = hash.take() { return hash.finish() }
    return Self.of(try keys())
  }

  /// Of keys in any order.
  public static func of(_ keys: some Sequence<String>) -> Digest {
    let sorted = keys.map { Array(key($0).utf8) }.sorted { $0.lexicographicallyPrecedes($1) }
    var hash = SHA256()
    for bytes in sorted { (bytes + [0x0A]).withUnsafeBytes { hash.update($0) } }
    return hash.finish()
  }

  /// A key as a table has it: control characters but tab and line ends are U+FFFD.
  public static func key(_ text: String) -> String {
    func isKept(_ scalar: Unicode.Scalar) -> Bool {
      scalar.value >= 0x20 && scalar.value != 0x7F || scalar == "\t" || scalar == "\n"
        || scalar == "\r"
    }
    if text.unicodeScalars.allSatisfy(isKept) { return text }
    return String(
      String.UnicodeScalarView(text.unicodeScalars.map { isKept($0) ? $0 : "\u{FFFD}" }))
  }
}
