import Foundation
import VouchControls
import VouchModel

/// What `bundle` does about secrets in the evidence: the `secrets:` part of `vouch.yaml`.
public struct SecretsPolicy: Hashable, Sendable {
  public enum Policy: String, CaseIterable, Sendable {
    /// What is certain ends the command; the rest is a warning.
    case stop
    case warn
  }

  /// A file of evidence that is packed although something was found in it.
  public struct Allowance: Hashable, Sendable {
    /// The digest of the file, or its first twelve digits or more.
    public let digest: String
    public let reason: String
    public let approver: String
  }

  public var policy = Policy.stop
  public var allowed: [Allowance] = []

  public init() {}

  init(_ map: YAMLReader.Map?) {
    guard let map else { return }
    defer { map.end() }
    policy = map.choice("policy", Policy.self) ?? .stop
    allowed = map.maps("allow").map { entry in
      defer { entry.end() }
      let digest = entry.required("sha256")
      if digest.wholeMatch(of: /[0-9a-f]{12,64}/) == nil, !digest.isEmpty {
        entry.problem(
          "secrets-digest", "sha256", "this is no digest of evidence",
          fix: "copy at least twelve digits from the message of 'vouch bundle'")
      }
      return Allowance(
        digest: digest, reason: entry.required("reason"), approver: entry.required("approver"))
    }
  }

  func allows(_ digest: Digest) -> Bool {
    allowed.contains { !$0.digest.isEmpty && digest.hex.hasPrefix($0.digest) }
  }
}

extension Workspace {
  /// Searches the evidence that goes into a package.
  ///
  /// Throws ``Refusal`` with all that stops it; returns what is only a warning.
  func searchForSecrets(
    _ evidence: [EvidenceRow], path: (EvidenceRow) -> String,
    progress: (WorkProgress) -> Void = { _ in }
  ) throws -> [Diagnostic] {
    progress(.stage("secrets"))
    let policy = configuration.secrets
    var stopping: [Diagnostic] = []
    var warnings: [Diagnostic] = []
    var seen: Set<Digest> = []
    for row in evidence where !policy.allows(row.digest) && seen.insert(row.digest).inserted {
      for secret in try SecretScanner.scan(file: path(row)) {
        let stops = policy.policy == .stop && secret.kind.isCertain
        let diagnostic = Self.diagnostic(secret, row, stops: stops)
        if stops { stopping.append(diagnostic) } else { warnings.append(diagnostic) }
      }
    }
    if !stopping.isEmpty { throw Refusal(.data, stopping + warnings) }
    return warnings
  }

  private static func diagnostic(
    _ secret: FoundSecret, _ row: EvidenceRow, stops: Bool
  ) -> Diagnostic {
    Diagnostic(
      stops ? "secrets.found" : "secrets.suspected", stops ? .error : .warning,
      at: "\(row.label)#L\(secret.line)",
      "'\(row.provenance.name)' of source \(row.provenance.source) holds \(secret.kind.rawValue)",
      why: "a package leaves the house, and what is in it cannot be called back",
      fix:
        "replace the secret where it is used and export again without it; if it is none, allow the file: secrets: {allow: [{sha256: \(row.digest.short), reason: …, approver: …}]}"
    )
  }
}
