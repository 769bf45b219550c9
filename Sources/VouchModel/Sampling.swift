import Foundation

/// Reproducible samples and their statistics, for information: the CPA decides (kpis.md, K13).
public enum Sampling {
  /// The auditor's draw: items in the order of the SHA-256 of seed, line feed and item key, the
  /// first `size` of them.
  ///
  /// The seed has to come from the auditor, after the population was frozen.
  public static func draw(
    _ keys: some Sequence<String>, seed: String, size: Int
  ) -> [(key: String, digest: Digest)] {
    let ordered = keys.map { (key: $0, digest: Digest.sha256("\(seed)\n\($0)")) }
      .sorted { ($0.digest, $0.key) < ($1.digest, $1.key) }
    return Array(ordered.prefix(max(0, size)))
  }

  /// Items to look at so that, with none deviating, the true rate is below `tolerable` with this
  /// confidence: ceil(ln(1 - confidence) / ln(1 - tolerable)). Both are shares, 0 < x < 1.
  public static func size(confidence: Double, tolerable: Double) -> Int {
    Int((log(1 - confidence) / log(1 - tolerable)).rounded(.up))
  }

  /// Deviations as a share of the whole population; nil for an empty one, which has no rate.
  public static func deviationRate(deviations: Int, population: Int) -> Double? {
    population > 0 ? Double(deviations) / Double(population) : nil
  }

  /// The largest rate that `deviations` in `size` items leave possible: one-sided, exact binomial.
  public static func upperLimit(size: Int, deviations: Int, confidence: Double) -> Double {
    if deviations >= size { return 1 }
    var low = 0.0
    var high = 1.0
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if cumulative(deviations, size, middle) >= 1 - confidence {
        low = middle
      } else {
        high = middle
      }
    }
    return low
  }

  /// P(X <= k) of a binomial distribution, summed in logarithms so that nothing underflows.
  private static func cumulative(_ k: Int, _ n: Int, _ p: Double) -> Double {
    if p <= 0 { return 1 }
    if p >= 1 { return k >= n ? 1 : 0 }
    var total = 0.0
    for i in 0...k {
      let choose = lgamma(Double(n + 1)) - lgamma(Double(i + 1)) - lgamma(Double(n - i + 1))
      total += exp(choose + Double(i) * log(p) + Double(n - i) * log(1 - p))
    }
    return total
  }
}
