import Testing
import VouchVerify

/// One thing done to a package, and the findings that have to name it.
struct Tamper: Sendable, CustomTestStringConvertible {
  /// What becomes of the package after the change.
  enum Cover: Sendable {
    /// Nothing: the manifests still tell what was there before.
    case none
    /// Tag manifest and signature are made anew, by someone who has the key.
    case tags
    /// Totals, manifests and signature are made anew: only what the files say of each other is
    /// left to show the change.
    case all
  }

  let name: String
  let cover: Cover
  /// Ids of all findings, each with a part of the path that it has to name.
  let findings: [String: String]
  let change: @Sendable (Sample) throws -> Void
  var options: @Sendable (inout VerifyOptions) throws -> Void = { _ in }
  /// Whether the change survives in a zip: a zip has no named pipes.
  var isForZip = true

  var testDescription: String { name }

  init(
    _ name: String, _ cover: Cover, _ findings: [String: String], isForZip: Bool = true,
    options: @escaping @Sendable (inout VerifyOptions) throws -> Void = { _ in },
    _ change: @escaping @Sendable (Sample) throws -> Void
  ) {
    self.name = name
    self.cover = cover
    self.findings = findings
    self.change = change
    self.options = options
    self.isForZip = isForZip
  }

  init(
    _ name: String, _ findings: [String: String], isForZip: Bool = true,
    options: @escaping @Sendable (inout VerifyOptions) throws -> Void = { _ in },
    _ change: @escaping @Sendable (Sample) throws -> Void
  ) {
    self.init(name, .none, findings, isForZip: isForZip, options: options, change)
  }

  /// A package with the change made and covered up.
  func sample() throws -> Sample {
    let sample = try Sample()
    try change(sample)
    switch cover {
    case .none: break
    case .tags: try sample.sealTags()
    case .all: try sample.seal()
    }
    return sample
  }

  /// Holds the findings against the expected ones, both ways.
  func expectFindings(of result: Verification, sourceLocation: SourceLocation = #_sourceLocation) {
    #expect(!result.isValid, "nothing was found", sourceLocation: sourceLocation)
    #expect(
      Set(result.findings.map(\.id)) == Set(findings.keys), "\(result.table)",
      sourceLocation: sourceLocation)
    for (id, path) in findings {
      #expect(
        result.findings.contains { $0.id == id && $0.file.contains(path) },
        "no \(id) names \(path): \(result.table)", sourceLocation: sourceLocation)
    }
  }
}
