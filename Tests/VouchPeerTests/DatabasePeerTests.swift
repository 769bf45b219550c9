import Foundation
import Testing

/// A population from a database, by a query.
@Suite struct DatabasePeerTests {
  /// PostgreSQL of the test's own, on a socket in its folder. It refuses to run as root.
  private func start(_ bin: String, in folder: String) throws -> Daemon {
    let user =
      Peer.isRoot ? ["setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups"] : []
    let data = "\(folder)/data"
    try Peer.shell(
      """
      mkdir \(folder) && \(Peer.isRoot ? "chown nobody:nogroup \(folder)" : "true") && \
      \(user.joined(separator: " ")) \(bin)/initdb -D \(data) -A trust -U audit --no-sync -E UTF8
      """, in: "/tmp")
    let server = try Daemon(
      "/usr/bin/env",
      user + ["\(bin)/postgres", "-D", data, "-k", folder, "-c", "listen_addresses=", "-F"],
      in: folder)
    try server.isReady("\(bin)/pg_isready -q -h \(folder)")
    return server
  }

  @Test func psqlGivesThePopulationOfAQuery() throws {
    guard let psql = Peer.find("psql", package: "postgresql-client") else { return }
    let found = try Peer.shell("ls -d /usr/lib/postgresql/*/bin 2>/dev/null || true", in: "/")
    guard let bin = found.split(separator: "\n").last.map(String.init) else {
      print("skipped: no PostgreSQL server is installed (postgresql)")
      return
    }
    let workspace = try PeerWorkspace()
    let folder = "/tmp/vouch-pg-\(UUID().uuidString.prefix(8))"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let server = try start(bin, in: folder)
    defer { withExtendedLifetime(server) {} }
    try workspace.write(
      "make.sql",
      """
      CREATE TABLE users (login text, email text, role text, is_admin bool, enabled bool,
        created_at timestamptz, last_login_at timestamptz);
      INSERT INTO users SELECT 'u' || n, 'u' || n || '@example.org', 'role, "quoted"', n = 1, n <> 3,
        '2026-07-01 08:00:00+02', CASE WHEN n < 3 THEN '2026-07-02 08:00:00+00'::timestamptz END
        FROM generate_series(1, 5000) n;
      """)
    try Peer.shell("\(psql) -X -q -h \(folder) -U audit -f make.sql postgres", in: workspace.path)
    let problems = try workspace.collect(
      """
      command:
        run: [psql, -X, --csv, --no-password, -h, \(folder), -U, audit, postgres, -c, "SELECT login, email, role, is_admin, enabled, created_at, last_login_at FROM users ORDER BY login"]
        version: [psql, --version]
      format: table
      record: account
      columns:
        account_id: login
        names: email
        roles: role
        privileged: is_admin
        status: enabled
        created_at: created_at
        last_used_at: last_login_at
      values:
        status: {t: active, f: disabled}
      """)
    #expect(problems == [])
    #expect(
      try workspace.rows(
        "SELECT count(*), sum(privileged), sum(status = 'disabled'), count(last_used_at), min(created_at) FROM account"
      ) == ["5000|1|1|2|1782885600"])
    #expect(
      try workspace.rows("SELECT roles FROM account WHERE account_id = 'u1'")
        == [#"["role, \"quoted\""]"#])
    // The query is part of the evidence, and so is the program's version.
    let provenance = try workspace.rows(
      "SELECT query LIKE '%FROM users ORDER BY login%', parameters LIKE '%psql (PostgreSQL)%' FROM evidence_item"
    )
    #expect(provenance == ["1|1"])
  }

  @Test func aQueryThatFailsIsAFailureAndNoEmptyPopulation() throws {
    guard Peer.find("psql", package: "postgresql-client") != nil else { return }
    let workspace = try PeerWorkspace()
    let problems = try workspace.collect(
      """
      command: [psql, -X, --csv, --no-password, -h, "\(workspace.path)", -U, audit, postgres, -c, "SELECT 1"]
      format: table
      record: person
      columns: {person_id: id}
      """)
    #expect(problems.first?.contains("ended with status 2") == true, "\(problems)")
    #expect(problems.last == "error source.failed")
  }
}
