import Foundation
import Testing

/// Backups that are made by the programs themselves.
@Suite struct BackupPeerTests {
  @Test func resticListsItsSnapshotsAndChecksItself() throws {
    guard Peer.find("restic", package: "restic") != nil else { return }
    let workspace = try PeerWorkspace()
    let environment = ["RESTIC_REPOSITORY": "\(workspace.path)/repo", "RESTIC_PASSWORD": "made-up"]
    try Peer.shell(
      "echo data > file && restic init && restic backup --host db-01 file && restic backup --host db-01 file",
      in: workspace.path, environment)
    let line = "env RESTIC_REPOSITORY='\(workspace.path)/repo' RESTIC_PASSWORD=made-up restic"
    let problems = try workspace.collect(
      """
      command: [sh, -c, "\(line) snapshots --json"]
      format: restic_snapshots
      options: {target: restic-s3, offsite: yes, store: {"db-01:\(workspace.path)/file": customer-db}}
      """)
    #expect(problems == [])
    #expect(
      try workspace.rows("SELECT store_id, target, offsite FROM backup_job")
        == ["customer-db|restic-s3|1", "customer-db|restic-s3|1"])
    let checked = try workspace.collect(
      """
      command: {run: [sh, -c, "\(line) check"], accepts: [0, 1]}
      format: restic_check
      options: {target: restic-s3}
      """)
    #expect(checked == [])
    #expect(
      try workspace.rows("SELECT asset_id, result FROM compliance_check") == ["restic-s3|passed"])
  }

  @Test func aDamagedResticRepositoryFailsItsCheck() throws {
    guard Peer.find("restic", package: "restic") != nil else { return }
    let workspace = try PeerWorkspace()
    let environment = ["RESTIC_REPOSITORY": "\(workspace.path)/repo", "RESTIC_PASSWORD": "made-up"]
    try Peer.shell(
      "echo data > file && restic init && restic backup file && rm repo/index/*",
      in: workspace.path, environment)
    let line = "env RESTIC_REPOSITORY='\(workspace.path)/repo' RESTIC_PASSWORD=made-up restic check"
    try workspace.collect(
      """
      command: {run: [sh, -c, "\(line) 2>&1"], accepts: [0, 1]}
      format: restic_check
      options: {target: restic-s3}
      """)
    #expect(
      try workspace.rows("SELECT count(*) FROM compliance_check WHERE result = 'passed'") == ["0"])
  }

  @Test func borgListsItsArchivesAndChecksItself() throws {
    guard Peer.find("borg", package: "borgbackup") != nil else { return }
    let workspace = try PeerWorkspace()
    let environment = [
      "BORG_PASSPHRASE": "made-up", "BORG_BASE_DIR": workspace.path,
      "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes", "TZ": "UTC",
    ]
    try Peer.shell(
      "echo data > file && borg init -e repokey repo && borg create repo::nightly-1 file && borg create repo::nightly-2 file",
      in: workspace.path, environment)
    let setting = environment.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
    for command in ["info --json --last 100", "list --json"] {
      let fresh = try PeerWorkspace()
      let problems = try fresh.collect(
        """
        command: [sh, -c, "\(setting) borg \(command) '\(workspace.path)/repo'"]
        format: borg
        zone: UTC
        options: {store: customer-db, offsite: no}
        """)
      #expect(!problems.contains { $0.hasPrefix("error") }, "\(command): \(problems)")
      #expect(
        try fresh.rows("SELECT store_id, offsite FROM backup_job")
          == ["customer-db|0", "customer-db|0"])
    }
    try Peer.shell("borg check --verbose repo > check.txt 2>&1", in: workspace.path, environment)
    let checked = try workspace.collect(
      """
      file: check.txt
      format: borg_check
      options: {target: borg-vault}
      """)
    #expect(checked == [])
    #expect(
      try workspace.rows("SELECT asset_id, result FROM compliance_check") == ["borg-vault|passed"])
  }
}
