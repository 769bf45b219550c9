import Foundation
import Testing

/// AWS as moto plays it, asked by the real command line.
@Suite struct CloudPeerTests {
  @Test func theCommandLineOfAWSGivesAccountsKeysAndRules() throws {
    guard let moto = Peer.find("moto_server", package: "pip install 'moto[server]'"),
      Peer.find("aws", package: "pip install awscli") != nil,
      Peer.find("curl", package: "curl") != nil
    else { return }
    let workspace = try PeerWorkspace()
    let port = try Peer.freePort()
    let settings = [
      "AWS_ACCESS_KEY_ID": "made-up", "AWS_SECRET_ACCESS_KEY": "made-up",
      "AWS_DEFAULT_REGION": "eu-central-1", "AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)",
      "AWS_EC2_METADATA_DISABLED": "true",
    ]
    let server = try Daemon(moto, ["-p", String(port)], in: workspace.path)
    try server.answers("http://127.0.0.1:\(port)/moto-api/")
    let environment = settings.map { "\($0.key)=\($0.value)" }.sorted().joined(separator: " ")
    try Peer.shell(
      """
      for u in u1 u2; do aws iam create-user --user-name $u; done
      aws iam create-access-key --user-name u2
      aws iam generate-credential-report
      """, in: workspace.path, settings)

    let report = try workspace.collect(
      """
      command: [sh, -c, "\(environment) aws iam get-credential-report --output json"]
      format: aws_credential_report
      """)
    #expect(!report.contains { $0.hasPrefix("error") && !$0.contains("root") }, "\(report)")
    #expect(
      try workspace.rows("SELECT account_id, status FROM account ORDER BY account_id").count == 2)
    #expect(try workspace.rows("SELECT kind, active FROM key") == ["access_key|1"])

    let users = try PeerWorkspace()
    let listed = try users.collect(
      """
      command: [sh, -c, "\(environment) aws iam list-users --output json"]
      format: aws_iam_users
      """)
    #expect(listed == [])
    #expect(try users.rows("SELECT count(*) FROM account") == ["2"])

    let groups = try PeerWorkspace()
    let rules = try groups.collect(
      """
      command: [sh, -c, "\(environment) aws ec2 describe-security-groups --output json"]
      format: aws_security_groups
      """)
    #expect(rules == [])
    #expect(try groups.rows("SELECT count(*) > 0 FROM rule WHERE direction = 'out'") == ["1"])
  }
}
