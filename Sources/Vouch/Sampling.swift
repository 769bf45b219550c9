import VouchControls
import VouchModel
import VouchVerify

/// An auditor's draw, with what it was drawn from.
public struct DrawnSample: Sendable {
  /// Item and its digest with the seed, in the order of the draw.
  public let drawn: [(key: String, digest: Digest)]
  /// Items in the population.
  public let population: Int
  /// The population's digest: who names the seed later cannot have chosen it.
  public let digest: Digest

  init(_ keys: [String], seed: String, size: Int) {
    let keys = keys.map(PopulationDigest.key)
    drawn = Sampling.draw(keys, seed: seed, size: size)
    population = keys.count
    digest = PopulationDigest.of(keys)
  }
}

extension Workspace {
  /// The auditor's draw from a control's population as it is now.
  public func sample(
    _ id: String, size: Int, seed: String, period: Period, asOf: Instant?
  ) throws -> DrawnSample {
    var keys: [String] = []
    _ = try assess(period: period, asOf: asOf, only: [id], progress: { _ in }) {
      assessment, evaluator, _, _ in
      guard let conclusion = assessment.conclusions.first else { return }
      keys = try evaluator.keys(of: conclusion.control, conclusion.slices.map(\.slice))
    }
    return DrawnSample(keys, seed: seed, size: size)
  }

  /// The auditor's draw from the population in a package, which fixed its digest beforehand.
  ///
  /// Throws ``Refusal`` when the population is not the one that the package names.
  public static func sample(
    _ id: String, package: String, size: Int, seed: String
  ) throws -> DrawnSample {
    let population = try PackageVerifier.population(of: id, in: package)
    let sample = DrawnSample(population.keys, seed: seed, size: size)
    guard population.committed == sample.digest else {
      throw Refusal(
        .data,
        Diagnostic(
          "sample.population", .error, at: "data/workpapers/populations/\(id).csv",
          population.committed == nil
            ? "the package does not say which population it is"
            : "is not the population that the package names",
          why: "a sample of another population says nothing about this one",
          fix: "run 'vouch verify' on the package"))
    }
    return sample
  }
}
