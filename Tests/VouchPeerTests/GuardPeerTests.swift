import Foundation
import Testing

/// What keeps a host from being attacked, asked what it does: ufw and fail2ban.
@Suite struct GuardPeerTests {
  /// ufw has no folder of its own to be told: its settings are laid over `/etc`, in a file system
  /// and a network that end with the command.
  @Test func ufwListsPoliciesAndRules() throws {
    guard let ufw = Peer.find("ufw", package: "ufw"), Peer.hasOwnNetwork() else { return }
    let workspace = try PeerWorkspace()
    try Peer.shell("cp -r /etc/ufw etc && cp /etc/default/ufw default", in: workspace.path)
    try workspace.write(
      "ufw.sh",
      """
      set -e
      cd '\(workspace.path)'
      mount -t tmpfs none /run
      mount --bind etc /etc/ufw
      mount --bind default /etc/default/ufw
      {
        \(ufw) default deny incoming
        \(ufw) default allow outgoing
        \(ufw) allow from 198.51.100.0/24 to any port 22 proto tcp comment admins
        \(ufw) allow 80,443/tcp
        \(ufw) limit 2222/tcp
        \(ufw) deny out to 203.0.113.9
        \(ufw) route allow in on eth0 out on eth1 to 192.0.2.5 port 25 proto tcp
        \(ufw) --force enable
      } >/dev/null 2>&1
      \(ufw) status verbose
      """)
    let problems = try workspace.collect(
      """
      command:
        run: [unshare, -rnm, sh, "\(workspace.path)/ufw.sh"]
        version: [\(ufw), version]
      format: ufw
      """)
    #expect(problems == [])
    #expect(
      try workspace.rows(
        """
        SELECT direction, source_net, protocol, dest_port, action, comment, condition FROM rule
        ORDER BY direction, dest_port, source_net
        """) == [
          "forward|0.0.0.0/0|tcp|25|allow|NULL|on eth1, to 192.0.2.5, on eth0",
          "in|198.51.100.0/24|tcp|22|allow|admins|NULL",
          "in|0.0.0.0/0|tcp|80|allow|NULL|NULL", "in|::/0|tcp|80|allow|NULL|NULL",
          "in|0.0.0.0/0|tcp|443|allow|NULL|NULL", "in|::/0|tcp|443|allow|NULL|NULL",
          "in|0.0.0.0/0|tcp|2222|allow|NULL|limited to 6 connections in 30 seconds",
          "in|::/0|tcp|2222|allow|NULL|limited to 6 connections in 30 seconds",
          "out|NULL|any|NULL|drop|NULL|to 203.0.113.9",
        ])
    #expect(
      try workspace.rows(
        "SELECT firewall ->> 'enabled', firewall ->> 'input_policy', firewall ->> 'forward_policy' FROM host_config"
      ) == ["1|drop|drop"])
  }

  @Test func fail2banCountsTheAddressesItBanned() throws {
    guard let server = Peer.find("fail2ban-server", package: "fail2ban"),
      let client = Peer.find("fail2ban-client", package: "fail2ban")
    else { return }
    let workspace = try PeerWorkspace()
    let here = workspace.path
    try Peer.shell(
      """
      mkdir conf conf/filter.d conf/action.d && : > auth.log
      cp -r /etc/fail2ban/fail2ban.conf /etc/fail2ban/jail.conf /etc/fail2ban/paths-*.conf conf/
      """, in: here)
    try workspace.write(
      "conf/filter.d/made-up.conf",
      "[Definition]\nfailregex = ^.* Failed password for .* from <HOST>$\n")
    try workspace.write(
      "conf/action.d/nothing.conf", "[Definition]\nactionban = true\nactionunban = true\n")
    try workspace.write(
      "conf/jail.local",
      """
      [made-up]
      enabled = true
      filter = made-up
      logpath = \(here)/auth.log
      backend = polling
      maxretry = 2
      action = nothing

      """)
    let socket = "'\(here)/s'"
    let daemon = try Daemon(
      server,
      [
        "-f", "-c", "\(here)/conf", "-s", "\(here)/s", "-p", "\(here)/pid", "--logtarget",
        "\(here)/log", "start",
      ], in: here)
    try daemon.isReady("\(client) -s \(socket) status made-up")
    try Peer.shell(
      """
      for from in 198.51.100.7 198.51.100.7 198.51.100.8 198.51.100.9 198.51.100.9; do
        echo "$(LC_ALL=C date '+%b %d %H:%M:%S') web-01 sshd[1]: Failed password for root from $from" >> auth.log
      done
      """, in: here)
    try daemon.isReady("\(client) -s \(socket) status made-up | grep -q 'Total banned:.2'")

    let problems = try workspace.collect(
      """
      command:
        run: [\(client), -s, "\(here)/s", status, made-up]
        version: [\(client), --version]
      format: fail2ban
      """)
    #expect(problems == [])
    let query = "SELECT source, asset_id, kind, mode, detections FROM sensor"
    #expect(try workspace.rows(query) == ["fail2ban:made-up|web-01|hids|prevent|2"])
    // Without a jail's name it lists the jails, and counts nothing.
    #expect(
      try workspace.collect(
        """
        command: [\(client), -s, "\(here)/s", status]
        format: fail2ban
        """) == [])
    #expect(try workspace.rows(query) == ["fail2ban:made-up|web-01|hids|prevent|NULL"])
  }
}
