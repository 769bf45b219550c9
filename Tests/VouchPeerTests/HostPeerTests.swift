import Foundation
import Testing

/// What programs of a host really print, collected by running them.
@Suite struct HostPeerTests {
  @Test func nftListsPoliciesAndRules() throws {
    guard Peer.find("nft", package: "nftables") != nil, Peer.hasOwnNetwork() else { return }
    let workspace = try PeerWorkspace()
    try workspace.write(
      "rules.nft",
      """
      table inet filter {
        set admins { type ipv4_addr; flags interval; elements = { 198.51.100.0/24 } }
        chain input {
          type filter hook input priority filter; policy drop;
          ct state established,related accept
          iif "lo" accept
          tcp dport 22 ip saddr @admins accept comment "admins"
          tcp dport { 80, 443 } accept
          counter drop
        }
        chain forward { type filter hook forward priority filter; policy drop; }
      }
      """)
    let problems = try workspace.collect(
      """
      command:
        run: [unshare, -rn, sh, -c, "nft -f '\(workspace.path)/rules.nft' && nft -j list ruleset"]
        version: [nft, --version]
      format: nft
      """)
    #expect(problems == [])
    #expect(
      try workspace.rows(
        "SELECT direction, source_net, protocol, dest_port, action FROM rule WHERE dest_port IS NOT NULL ORDER BY dest_port, source_net"
      ) == [
        "in|198.51.100.0/24|tcp|22|allow", "in|0.0.0.0/0|tcp|80|allow", "in|::/0|tcp|80|allow",
        "in|0.0.0.0/0|tcp|443|allow", "in|::/0|tcp|443|allow",
      ])
    #expect(
      try workspace.rows(
        "SELECT firewall ->> 'input_policy', firewall ->> 'forward_policy' FROM host_config")
        == ["drop|drop"])
  }

  @Test func iptablesSaveListsPoliciesAndRules() throws {
    guard Peer.find("iptables-save", package: "iptables") != nil, Peer.hasOwnNetwork() else {
      return
    }
    let workspace = try PeerWorkspace()
    try workspace.write(
      "rules.sh",
      """
      iptables -P INPUT DROP && iptables -P FORWARD DROP
      iptables -A INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT
      iptables -A INPUT -p tcp -s 198.51.100.0/24 --dport 22 -m comment --comment admins -j ACCEPT
      iptables -A INPUT -p tcp -m multiport --dports 80,443 -j ACCEPT
      iptables-save
      """)
    let problems = try workspace.collect(
      """
      command:
        run: [unshare, -rn, sh, -c, "sh '\(workspace.path)/rules.sh'"]
      format: iptables_save
      zone: UTC
      """)
    #expect(problems == [])
    #expect(
      try workspace.rows(
        "SELECT source_net, protocol, dest_port, action FROM rule WHERE dest_port IS NOT NULL ORDER BY dest_port"
      ) == ["198.51.100.0/24|tcp|22|allow", "0.0.0.0/0|tcp|80|allow", "0.0.0.0/0|tcp|443|allow"])
    #expect(
      try workspace.rows("SELECT firewall ->> 'input_policy' FROM host_config") == ["drop"])
  }

  @Test func sshdTellsItsEffectiveSettings() throws {
    guard let sshd = Peer.find("sshd", package: "openssh-server"),
      Peer.find("ssh-keygen", package: "openssh-client") != nil
    else { return }
    let workspace = try PeerWorkspace()
    try Peer.shell("ssh-keygen -q -t ed25519 -N '' -f host_key", in: workspace.path)
    try workspace.write(
      "sshd_config",
      "Port 2222\nPermitRootLogin no\nPasswordAuthentication no\nMaxAuthTries 3\nAllowUsers audit deploy\n"
    )
    // sshd wants its folder below /run, which only a running service has.
    let line =
      "mount -t tmpfs none /run && mkdir /run/sshd && \(sshd) -T -f '\(workspace.path)/sshd_config' -h '\(workspace.path)/host_key'"
    guard (try? Peer.shell("unshare -rm sh -c \"\(line)\"", in: "/")) != nil else {
      print("skipped: a mount namespace cannot be made here")
      return
    }
    let problems = try workspace.collect(
      """
      command: [unshare, -rm, sh, -c, "\(line)"]
      format: sshd
      """)
    #expect(problems == [])
    #expect(
      try workspace.rows(
        "SELECT asset_id, sshd ->> 'permitrootlogin', sshd ->> 'passwordauthentication', sshd ->> 'maxauthtries', sshd ->> 'allowusers' FROM host_config"
      ) == [#"web-01|no|no|3|["audit","deploy"]"#])
  }

  @Test func sadfGivesTheLoadOfAFewSeconds() throws {
    guard Peer.find("sadf", package: "sysstat") != nil, let sar = Peer.path("sar") else { return }
    let workspace = try PeerWorkspace()
    try Peer.shell("\(sar) -o sa.bin 1 2", in: workspace.path)
    let problems = try workspace.collect(
      """
      command: [sadf, -j, "\(workspace.path)/sa.bin", --, -u, -q, -r, -n, DEV, -F]
      format: sysstat_json
      """)
    #expect(problems == [])
    let names = try workspace.rows("SELECT DISTINCT name FROM metric ORDER BY name")
    #expect(names.contains("cpu") && names.contains("memory"), "\(names)")
    #expect(
      try workspace.rows(
        "SELECT count(*) FROM metric WHERE name = 'cpu' AND (value < 0 OR value > 1)")
        == ["0"])
  }

  @Test func lastTellsBootsWithTheirOffset() throws {
    guard Peer.find("last", package: "util-linux") != nil,
      Peer.find("utmpdump", package: "util-linux-extra") != nil
    else { return }
    let workspace = try PeerWorkspace()
    func line(_ type: Int, _ user: String, _ time: String) -> String {
      "[\(type)] [00000] [~~  ] [\(user)] [~           ] [6.1.0-18-amd64      ] [0.0.0.0        ] [\(time),000000+00:00]\n"
    }
    try workspace.write(
      "wtmp.txt",
      line(2, "reboot  ", "2026-07-01T08:00:00") + line(1, "shutdown", "2026-07-02T08:00:00")
        + line(2, "reboot  ", "2026-07-02T08:01:00") + line(2, "reboot  ", "2026-07-03T09:00:00"))
    try Peer.shell("utmpdump -r < wtmp.txt > wtmp", in: workspace.path)
    let query =
      "SELECT booted_at, ended_at, clean, kernel FROM reboot ORDER BY booted_at"
    let expected = [
      "1782892800|1782979200|1|6.1.0-18-amd64", "1782979260|NULL|0|6.1.0-18-amd64",
      "1783069200|NULL|NULL|6.1.0-18-amd64",
    ]
    // A zone far from UTC: the offset in the text has to be the one that counts.
    let problems = try workspace.collect(
      """
      command: [env, TZ=Asia/Kolkata, LC_ALL=C, last, -x, -w, --time-format, iso, -f, "\(workspace.path)/wtmp", reboot, shutdown]
      format: last
      """)
    #expect(problems == [])
    #expect(try workspace.rows(query) == expected)
    let local = try PeerWorkspace()
    try local.collect(
      """
      command: [env, TZ=Asia/Kolkata, LC_ALL=C, last, -x, -w, -F, -f, "\(workspace.path)/wtmp", reboot, shutdown]
      format: last
      zone: Asia/Kolkata
      """)
    #expect(try local.rows(query) == expected)
  }

  @Test func gitListsEveryCommitOfTheBranch() throws {
    guard let git = Peer.find("git", package: "git") else { return }
    let workspace = try PeerWorkspace()
    let person = "-c user.name='A. Made-Up' -c user.email=a@example.org -c commit.gpgsign=false"
    try Peer.shell(
      """
      git init -q -b main repo && cd repo
      for n in 1 2 3; do echo $n > f && git add f && git \(person) commit -q -m "change $n"; done
      git checkout -q -b topic && echo x > g && git add g && git \(person) commit -q -m "on a branch"
      git checkout -q main && git \(person) merge -q --no-ff -m "merge topic" topic
      """, in: workspace.path)
    let problems = try workspace.collect(
      """
      command:
        - \(git)
        - -C
        - \(workspace.path)/repo
        - log
        - --first-parent
        - --encoding=UTF-8
        - --format=%H%x1f%P%x1f%an%x1f%ae%x1f%aI%x1f%cn%x1f%ce%x1f%cI%x1f%G?%x1f%s%x1f%(trailers:only,unfold,separator=%x1d)%x1e
        - main
      format: git_log
      options: {repo: acme/api}
      """)
    #expect(problems == [])
    let count = try Peer.shell(
      "git -C repo rev-list --count --first-parent main", in: workspace.path)
    #expect(
      try workspace.rows("SELECT count(*) || char(10) FROM change WHERE repo = 'acme/api'") == [
        count
      ])
  }
}
