import Foundation
import VouchModel
import VouchPackages
import VouchStore

/// Copies of evidence in which secrets are replaced, for a package: `secrets: {policy: redact}`.
///
/// Records and pages are made from the copies as well, so a secret stands nowhere in the package,
/// and whoever computes it again reads what it was made of. The preserved evidence stays as it is.
struct SecretRedaction {
  /// A copy, and what the ledger knows it as.
  struct Copy {
    let collected: Digest
    let packed: Digest
    let size: Int
    let path: String
    let found: [FoundSecret]
  }

  let copies: [Copy]
  /// Paths of the copies by the number of the ledger entry.
  let paths: [Int: String]
  /// The copies' own digests and sizes, by the digest of what was collected.
  let standing: [Digest: (digest: Digest, size: Int)]
  private let scratch: ScratchFolder

  /// Nil when nothing was found.
  ///
  /// Throws ``Refusal`` for what cannot be replaced: a file that is too large, an archive whose
  /// member has a secret.
  init?(_ store: EvidenceStore, policy: SecretsPolicy) throws {
    let scratch = try ScratchFolder()
    var copies: [Digest: Copy] = [:]
    var paths: [Int: String] = [:]
    var seen: Set<Digest> = []
    var problems: [Diagnostic] = []
    for entry in store.entries {
      guard case .preserved(let digest, let size) = entry.kind else { continue }
      if seen.insert(digest).inserted, !policy.allows(digest) {
        let file = store.path(of: digest)
        if try !SecretScanner.scan(file: file).isEmpty {
          if size > SecretMask.sizeLimit {
            problems.append(Self.tooLarge(entry.provenance, digest))
          } else if let copy = try Self.copy(digest, file, scratch) {
            copies[digest] = copy
          }
        }
      }
      if let copy = copies[digest] {
        paths[entry.sequence] = copy.path
        if let archive = Self.archive(of: entry, in: store) {
          problems.append(Self.inArchive(entry.provenance, archive))
        }
      }
    }
    if !problems.isEmpty { throw Refusal(.data, problems) }
    if copies.isEmpty { return nil }
    self.copies = copies.values.sorted { $0.collected.hex < $1.collected.hex }
    self.paths = paths
    standing = copies.mapValues { ($0.packed, $0.size) }
    self.scratch = scratch
  }

  private static func copy(
    _ digest: Digest, _ file: String, _ scratch: ScratchFolder
  ) throws -> Copy? {
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
    // Bytes that are not those that were collected are for others to find.
    guard Digest.sha256(bytes) == digest else { return nil }
    let (masked, found) = SecretMask.masked(bytes)
    let path = "\(scratch.path)/\(digest.hex)"
    try Data(masked).write(to: URL(fileURLWithPath: path))
    return Copy(
      collected: digest, packed: .sha256(masked), size: masked.count, path: path, found: found)
  }

  /// The archive that an item was taken out of, when it goes into the package too.
  private static func archive(of entry: LedgerEntry, in store: EvidenceStore) -> String? {
    guard let mark = entry.provenance.endpoint.firstIndex(of: "!") else { return nil }
    let archive = String(entry.provenance.endpoint[..<mark])
    return store.entries.contains { $0.provenance.endpoint == archive } ? archive : nil
  }

  private static func tooLarge(_ provenance: Provenance, _ digest: Digest) -> Diagnostic {
    Diagnostic(
      "secrets.too-large", .error, at: "evidence/\(digest.short)",
      "'\(provenance.name)' holds a secret and is too large for a redacted copy",
      why: "files above \(SecretMask.sizeLimit >> 20) MB are not copied in memory",
      fix: "export it again without the secret")
  }

  private static func inArchive(_ provenance: Provenance, _ archive: String) -> Diagnostic {
    Diagnostic(
      "secrets.in-archive", .error, at: archive,
      "'\(provenance.name)' in this archive holds a secret, and an archive is packed as it came",
      why: "replacing the secret in the member alone would leave it in the archive",
      fix: "put the member into the inbox by itself, in a new workspace, or export it again")
  }

  /// What the package declares.
  func rows(_ evidence: [EvidenceRow]) -> [SecretDeclaration.Row] {
    evidence.flatMap { row -> [SecretDeclaration.Row] in
      guard let copy = copies.first(where: { $0.packed == row.digest }) else { return [] }
      return copy.found.map { secret in
        SecretDeclaration.Row(
          file: PackageLayout.evidence(row), line: secret.line, kind: secret.kind.rawValue,
          state: "redacted", collected: copy.collected, packed: copy.packed, size: copy.size)
      }
    }
  }

  /// What the pages, the check and the command say of it.
  func diagnostics(_ evidence: [EvidenceRow]) -> [Diagnostic] {
    copies.compactMap { copy in
      guard let row = evidence.first(where: { $0.digest == copy.packed }) else { return nil }
      let kinds = Set(copy.found.map(\.kind.rawValue)).sorted().joined(separator: ", ")
      return Diagnostic(
        "secrets.redacted", .warning, at: "\(row.label)#L\(copy.found.first?.line ?? 1)",
        "\(copy.found.count) secrets in '\(row.provenance.name)' of source \(row.provenance.source) are replaced by asterisks: \(kinds)",
        why:
          "the file in the package is not the one that was collected, whose SHA-256 is \(copy.collected.hex)",
        fix: "data/secrets.csv lists the places; replace the secret where it is used")
    }
  }
}

/// `data/secrets.csv`: what the search for secrets found in the evidence of a package, and what
/// was done about it. One row a finding; never the secret.
enum SecretDeclaration {
  static let path = "data/secrets.csv"

  struct Row {
    let file: String
    let line: Int
    let kind: String
    /// `redacted`, `declared`: packed as it is by policy, or `allowed`: for this file.
    let state: String
    let collected: Digest
    let packed: Digest
    let size: Int
    var reason = ""
    var approver = ""
  }

  static func text(_ rows: [Row]) -> String {
    let sorted = rows.sorted { ($0.file, $0.line, $0.kind) < ($1.file, $1.line, $1.kind) }
    return sorted.reduce(
      "file,line,kind,state,collected_sha256,packed_sha256,packed_size,reason,approver\r\n"
    ) { text, row in
      text + row.file
        + ",\(row.line),\(row.kind),\(row.state),\(row.collected.hex),\(row.packed.hex),\(row.size),"
        + "\(CheckFormats.cell(row.reason)),\(CheckFormats.cell(row.approver))\r\n"
    }
  }

  /// Digests and sizes of redacted copies, by the digest of what was collected.
  static func standing(_ text: String) -> [Digest: (digest: Digest, size: Int)] {
    var standing: [Digest: (digest: Digest, size: Int)] = [:]
    for line in text.split(whereSeparator: \.isNewline).dropFirst() {
      let cells = line.split(separator: ",", omittingEmptySubsequences: false)
      guard cells.count >= 7, cells[3] == "redacted", let collected = Digest(hex: String(cells[4])),
        let packed = Digest(hex: String(cells[5])), let size = Int(cells[6])
      else { continue }
      standing[collected] = (packed, size)
    }
    return standing
  }
}
