import Foundation
import VouchCapture
import VouchControls
import VouchModel
import VouchPackages

/// What `bundle` does about secrets in the evidence: the `secrets:` part of `vouch.yaml`.
public struct SecretsPolicy: Hashable, Sendable {
  public enum Policy: String, CaseIterable, Sendable {
    /// What is certain ends the command; the rest is packed and declared.
    case refuse
    /// All of it is packed as it is, and the package says where.
    case declare
    /// The package has copies in which secrets are replaced, and says of which files.
    case redact
  }

  /// A file of evidence that is packed although something was found in it.
  public struct Allowance: Hashable, Sendable {
    /// The digest of the file, or its first twelve digits or more.
    public let digest: String
    public let reason: String
    public let approver: String
  }

  public var policy = Policy.refuse
  public var allowed: [Allowance] = []

  public init() {}

  init(_ map: YAMLReader.Map?) {
    guard let map else { return }
    defer { map.end() }
    policy = map.choice("policy", Policy.self) ?? .refuse
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
    allowance(digest) != nil
  }

  func allowance(_ digest: Digest) -> Allowance? {
    allowed.first { !$0.digest.isEmpty && digest.hex.hasPrefix($0.digest) }
  }
}

extension Workspace {
  /// Searches the evidence that goes into a package.
  ///
  /// Throws ``Refusal`` with all that stops it; returns what is only a warning, and what the
  /// package has to declare.
  func searchForSecrets(
    _ evidence: [EvidenceRow], path: (EvidenceRow) -> String,
    progress: (WorkProgress) -> Void = { _ in }
  ) throws -> (warnings: [Diagnostic], declared: [SecretDeclaration.Row]) {
    progress(.stage("secrets"))
    let policy = configuration.secrets
    var stopping: [Diagnostic] = []
    var warnings: [Diagnostic] = []
    var declared: [SecretDeclaration.Row] = []
    var seen: [Digest: [FoundSecret]] = [:]
    for row in evidence {
      let isFirst = seen[row.digest] == nil
      let found = try seen[row.digest] ?? SecretScanner.scan(file: path(row))
      seen[row.digest] = found
      let allowance = policy.allowance(row.digest)
      for secret in found {
        declared.append(
          SecretDeclaration.Row(
            file: PackageLayout.evidence(row), line: secret.line, kind: secret.kind.rawValue,
            state: allowance == nil ? "declared" : "allowed", collected: row.digest,
            packed: row.digest, size: row.size, reason: allowance?.reason ?? "",
            approver: allowance?.approver ?? ""))
        if allowance != nil || !isFirst { continue }
        let stops = policy.policy == .refuse && secret.kind.isCertain
        let diagnostic = Self.diagnostic(secret, row, stops: stops)
        if stops { stopping.append(diagnostic) } else { warnings.append(diagnostic) }
      }
    }
    stopping += secretsOfConfiguration()
    if !stopping.isEmpty { throw Refusal(.data, stopping + warnings) }
    return (warnings, declared)
  }

  /// Secrets that are written into `vouch.yaml`, which is in every package: no policy lets them
  /// through, since their place is the environment.
  private func secretsOfConfiguration() -> [Diagnostic] {
    func problem(_ text: String, _ place: String) -> Diagnostic {
      Diagnostic(
        "secrets.configuration", .error, at: place, text,
        why: "vouch.yaml is in every package", fix: "write ${NAME} and set it in the environment")
    }
    let found = SecretScanner.scan(Array(configuration.text.utf8)).map {
      problem("the configuration holds \($0.kind.rawValue)", "vouch.yaml:\($0.line)")
    }
    let named = configuration.sources.flatMap { source in
      source.writtenSecrets.map {
        problem("source '\(source.name)' has what looks like a secret in its \($0)", "vouch.yaml")
      }
    }
    return found + named
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
