import VouchModel

/// What a population's CSV holds.
struct PopulationSummary {
  /// Data rows, the header not counted.
  var rows = 0
  /// See ``PopulationDigest``: it names the population before an auditor names a seed.
  var digest = Digest.zero
  /// By slice, the 1-based data rows of items that deviate, at most `limit` in all.
  var exceptions: [[Int]] = []

  static let limit = 1000

  func exceptionRows(ofSlice index: Int) -> [Int] {
    exceptions.indices.contains(index) ? exceptions[index] : []
  }
}
