/// What scanner, patch manager and live patcher say together, and where they do not know of the
/// same machines.
public struct ToolReconciliation: Sendable, Equatable {
  /// Hosts and CVEs by what became of them (`cve_outcome`), what is open first.
  public var outcomes: [Outcome] = []
  /// Machines that a tool saw and the inventory does not have.
  public var unknownToInventory: [String] = []
  /// Names that fit several assets; nothing is merged under them.
  public var ambiguous: [String] = []
  /// Machines in scope that no scan reached, where scans were collected.
  public var unseenByScanner: [String] = []
  /// Machines in scope about which no patch tool says anything, where one was collected.
  public var unknownToPatching: [String] = []

  public struct Outcome: Sendable, Equatable {
    public let name: String
    /// Pairs of host and CVE.
    public let count: Int

    public init(name: String, count: Int) {
      self.name = name
      self.count = count
    }

    /// The outcome in words.
    public var words: String { Self.words.first { $0.name == name }?.words ?? name }

    /// All outcomes, in the order in which they are shown.
    public static let words: [(name: String, words: String)] = [
      ("open", "open"), ("reopened", "back after a fix"),
      ("awaiting_reboot", "installed, waiting for a restart"),
      ("missing_in_patch_manager_only", "missing for the patch tool, never seen by a scan"),
      ("accepted_in_scanner", "accepted in the scanner"),
      ("clean_unproven", "clean for the scanner, not proven by the live patcher"),
      ("live_patched", "live-patched"), ("patched", "patched, package and scan agree"),
      ("fixed_by_scan_only", "gone from the scan, no package known"),
      ("asset_retired", "gone with its machine"),
    ]
  }

  public init() {}

  public var isEmpty: Bool { self == ToolReconciliation() }
}
