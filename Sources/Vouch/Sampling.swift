import VouchControls
import VouchModel

extension Workspace {
  /// The auditor's draw from a control's population, with the digest of the population it was
  /// drawn from.
  ///
  /// - Returns: items with their digests, the number of items, and the SHA-256 over all keys in
  ///   the order of their bytes, one per line: who names the seed later cannot have chosen it.
  public func sample(
    _ id: String, size: Int, seed: String, period: Period, asOf: Instant?
  ) throws -> (drawn: [(key: String, digest: Digest)], population: Int, digest: Digest) {
    var keys: [String] = []
    _ = try assess(period: period, asOf: asOf, only: [id], progress: { _ in }) {
      assessment, evaluator, _, _ in
      guard let conclusion = assessment.conclusions.first else { return }
      for slice in conclusion.slices {
        try evaluator.stream(conclusion.control, slice: slice.slice, columns: { _ in }) {
          keys.append($0.item)
        }
      }
    }
    return (Sampling.draw(keys, seed: seed, size: size), keys.count, Self.populationDigest(keys))
  }

  /// SHA-256 over the keys of a population, sorted by their bytes, a line feed after each.
  public static func populationDigest(_ keys: [String]) -> Digest {
    let sorted = keys.sorted { Array($0.utf8).lexicographicallyPrecedes(Array($1.utf8)) }
    return .sha256(sorted.map { $0 + "\n" }.joined())
  }
}
