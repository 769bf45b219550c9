/// What is concluded about a control or a criterion. Absence of data is never a pass.
public enum Verdict: String, Sendable, CaseIterable, Hashable {
  /// Population complete, evidence inside the period, deviations within tolerance.
  case pass
  /// Deviations above tolerance, or a due occurrence did not take place.
  case fail
  /// The event that triggers the control did not occur; shown, never counted as a pass.
  case notOperated = "not_operated"
  /// No or incomplete population, stale evidence, unknown fields, failed integrity check.
  case insufficientEvidence = "insufficient_evidence"
  /// A named person still has to state the manual part.
  case attestationPending = "attestation_pending"
  /// Scoped out by management with a written reason.
  case notApplicable = "not_applicable"

  /// `insufficient evidence`, for people.
  public var words: String { rawValue.replacing("_", with: " ") }

  /// The worst of several verdicts; nil for none.
  ///
  /// From worst: fail, insufficient evidence, attestation pending, not operated, pass, not
  /// applicable (which counts only when nothing else is there).
  public static func worst(of verdicts: some Sequence<Verdict>) -> Verdict? {
    verdicts.min { $0.rank < $1.rank }
  }

  private var rank: Int {
    switch self {
    case .fail: 0
    case .insufficientEvidence: 1
    case .attestationPending: 2
    case .notOperated: 3
    case .pass: 4
    case .notApplicable: 5
    }
  }
}
