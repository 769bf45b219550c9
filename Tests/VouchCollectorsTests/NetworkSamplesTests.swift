import Testing

@Suite struct NetworkSamplesTests {
  @Test(arguments: [
    SampleReading(
      "crypto-firewall-ids/aws-ec2-describe-security-groups.json",
      "aws_security_groups",
      "rule 5 sg-073c8f4fb3b58731d|out/any/all/sg-01ba3c57af54ef22c … sg-0d1564b340cac910f|out/any/all/0.0.0.0/0"
    ),
    SampleReading(
      "crypto-firewall-ids/aws-ec2-describe-volumes.json",
      "aws_volumes",
      "data_store 3 vol-37e189b7 … vol-14a3cd9d"),
    SampleReading(
      "crypto-firewall-ids/fail2ban-status-sshd.txt", options: ["asset": "web-01"],
      "fail2ban",
      "host_sighting 1 host_command|web-01 … host_command|web-01",
      "sensor 1 fail2ban:sshd|web-01 … fail2ban:sshd|web-01"),
    SampleReading(
      "crypto-firewall-ids/iptables-L-centos7.txt", options: ["asset": "web-01"],
      "iptables_list",
      "host_config 1 web-01 … web-01",
      "host_sighting 1 host_command|web-01 … host_command|web-01",
      "rule 33 web-01|ip filter INPUT 1 … web-01|ip filter OUTPUT 8",
      "iptables_list.interfaces-hidden 2"),
    SampleReading(
      "crypto-firewall-ids/iptables-save.txt", options: ["asset": "web-01"],
      "iptables_save",
      "host_config 1 web-01 … web-01",
      "host_sighting 1 host_command|web-01 … host_command|web-01",
      "rule 6 web-01|ip filter INPUT 1 … web-01|ip filter INPUT 7"),
    SampleReading(
      "crypto-firewall-ids/lsblk-J.json", options: ["asset": "web-01"],
      "lsblk",
      "data_store 1 web-01:/ … web-01:/",
      "host_config 1 web-01 … web-01",
      "host_sighting 1 host_command|web-01 … host_command|web-01"),
    SampleReading(
      "crypto-firewall-ids/lsblk.txt", options: ["asset": "web-01"],
      "lsblk",
      "data_store 1 web-01:/ … web-01:/",
      "host_config 1 web-01 … web-01",
      "host_sighting 1 host_command|web-01 … host_command|web-01"),
    SampleReading(
      "crypto-firewall-ids/luksDump-luks2.txt", options: ["asset": "web-01"],
      "luks_dump",
      "data_store 1 web-01:luks-cfbcc942-e06b-4c4a-952f-e9c9b2011c27 … web-01:luks-cfbcc942-e06b-4c4a-952f-e9c9b2011c27",
      "host_config 1 web-01 … web-01",
      "host_sighting 1 host_command|web-01 … host_command|web-01"),
    SampleReading(
      "crypto-firewall-ids/nft-ruleset.json", options: ["asset": "web-01"],
      "nft",
      "host_config 1 web-01 … web-01",
      "host_sighting 1 host_command|web-01 … host_command|web-01",
      "rule 6 web-01|ip example_table example_chain 3.1 … web-01|ip nftables_svc INPUT 4"),
    SampleReading(
      "crypto-firewall-ids/nmap-1-host.xml",
      "nmap",
      "host_config 1 127.0.0.1 … 127.0.0.1",
      "host_sighting 1 nmap|127.0.0.1 … nmap|127.0.0.1"),
    SampleReading(
      "crypto-firewall-ids/nmap-fullscan.xml",
      "nmap",
      "host_config 1 192.168.1.4 … 192.168.1.4",
      "host_sighting 2 nmap|192.168.1.1 … nmap|192.168.1.4"),
    SampleReading(
      "crypto-firewall-ids/ssh-audit.json",
      "ssh_audit",
      "compliance_check 16 sdf.sdf.fewio|ssh-audit:kex:diffie-hellman-group14-sha1 … sdf.sdf.fewio|ssh-audit:mac:umac-64@openssh.com",
      "host_config 1 sdf.sdf.fewio … sdf.sdf.fewio",
      "host_sighting 1 ssh_audit|sdf.sdf.fewio … ssh_audit|sdf.sdf.fewio"),
    SampleReading(
      "crypto-firewall-ids/sslyze-5.json",
      "sslyze",
      "certificate 1 example.com:443 … example.com:443"),
    SampleReading(
      "crypto-firewall-ids/suricata-eve.json", options: ["asset": "ids-01"],
      "suricata_eve",
      "alert 5 suricata|147599649511867/1:2260002/2026-01-14T22:39:12.823226+0800 … suricata|1941623095315027/1:2024364/2026-01-14T22:39:18.211892+0800",
      "host_sighting 1 host_command|ids-01 … host_command|ids-01",
      "sensor 1 suricata|ids-01 … suricata|ids-01"),
    SampleReading(
      "crypto-firewall-ids/suricata-fast.log", zone: "Asia/Shanghai", options: ["asset": "ids-01"],
      "suricata_fast_log",
      "alert 11 suricata|1:2210058/01/14/2026-22:34:37.805537/192.168.113.50:22 -> 192.168.113.1:43720 … suricata|1:2024364/01/14/2026-22:39:18.211892/192.168.113.110:44136 -> 192.168.113.50:80",
      "host_sighting 1 host_command|ids-01 … host_command|ids-01",
      "suricata_fast_log.zone-configured 1"),
    SampleReading(
      "crypto-firewall-ids/testssl.csv",
      "testssl",
      "certificate 1 www.defectdojo.org:443 … www.defectdojo.org:443"),
    SampleReading(
      "crypto-firewall-ids/ufw-inactive.txt", options: ["asset": "web-01"],
      "ufw",
      "host_config 1 web-01 … web-01",
      "host_sighting 1 host_command|web-01 … host_command|web-01"),
    SampleReading(
      "crypto-firewall-ids/ufw-status-verbose.txt", options: ["asset": "web-01"],
      "ufw",
      "host_config 1 web-01 … web-01",
      "host_sighting 1 host_command|web-01 … host_command|web-01",
      "rule 25 web-01|ufw 1 … web-01|ufw 15 4"),
    SampleReading(
      "crypto-firewall-ids/ufw-status.txt", options: ["asset": "web-01"],
      "ufw",
      "host_config 1 web-01 … web-01",
      "host_sighting 1 host_command|web-01 … host_command|web-01",
      "rule 17 web-01|ufw 1 … web-01|ufw 15"),
  ])
  func givesWhatTheExportHolds(_ sample: SampleReading) throws { try sample.check() }
}
