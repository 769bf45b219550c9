import GRDB
import VouchModel
import VouchStore

extension Workspace {
  /// Names of hosts that fit several assets, and matches that rest on an address alone.
  static func identityDiagnostics(_ db: Database) throws -> [Diagnostic] {
    try conflicts(db) + weak(db)
  }

  /// Names of hosts that fit several assets or rest on an address alone, as far as the evidence
  /// was read; nothing of it is kept.
  public func identityProblems() throws -> [Diagnostic] {
    let lock = try WorkspaceLock(workspace: path)
    defer { withExtendedLifetime(lock) {} }
    return try openRecords().identified(
      aliases: configuration.engagement.aliases, Self.identityDiagnostics)
  }

  private static func conflicts(_ db: Database) throws -> [Diagnostic] {
    try sources(db, "matched_by = 'conflict'").map { source, count in
      let names = try String.fetchAll(
        db,
        sql:
          "SELECT ref || ' (' || replace(candidates, ',', ', ') || ')' FROM host_identity WHERE matched_by = 'conflict' AND source = ? ORDER BY ref LIMIT 5",
        arguments: [source])
      return Diagnostic(
        "identity.conflict", .warning, at: "source \(source)",
        "\(count) \(count == 1 ? "name fits" : "names fit") several assets: \(names.joined(separator: "; "))\(count > 5 ? " …" : "")",
        why: "nothing is merged under such a name, so its records count for no asset",
        fix: "say in vouch.yaml which one it is: 'aliases: {NAME: ASSET}', or correct the inventory"
      )
    }
  }

  private static func weak(_ db: Database) throws -> [Diagnostic] {
    try sources(db, "matched_by = 'address'").map { source, count in
      Diagnostic(
        "identity.weak", .note, at: "source \(source)",
        "\(count) \(count == 1 ? "name was" : "names were") matched with an asset by an address alone",
        why: "another machine may have had the address; the match is marked as weak",
        fix: "have the source export host names or agent ids, or name the machine under 'aliases:'")
    }
  }

  private static func sources(
    _ db: Database, _ condition: String
  ) throws -> [(source: String, count: Int)] {
    try Row.fetchAll(
      db,
      sql:
        "SELECT source, count(*) AS n FROM host_identity WHERE \(condition) GROUP BY 1 ORDER BY 1"
    ).map { ($0["source"], $0["n"]) }
  }
}
