/// Ports by the names that `iptables -L` and nft print instead of numbers (/etc/services of
/// Debian and Red Hat, of those that firewall rules are about).
enum ServiceNames {
  static func port(_ name: String) -> Int? { ports[name] }

  private static let ports: [String: Int] = [
    "ftp-data": 20, "ftp": 21, "ssh": 22, "telnet": 23, "smtp": 25, "time": 37, "domain": 53,
    "bootps": 67, "bootpc": 68, "tftp": 69, "gopher": 70, "finger": 79, "http": 80, "kerberos": 88,
    "pop3": 110, "sunrpc": 111, "auth": 113, "nntp": 119, "ntp": 123, "netbios-ns": 137,
    "netbios-dgm": 138, "netbios-ssn": 139, "imap": 143, "imap2": 143, "snmp": 161,
    "snmp-trap": 162, "snmptrap": 162, "bgp": 179, "ldap": 389, "https": 443,
    "microsoft-ds": 445, "isakmp": 500, "syslog": 514, "shell": 514, "printer": 515, "ipp": 631,
    "ldaps": 636, "domain-s": 853, "rsync": 873, "imaps": 993, "pop3s": 995, "socks": 1080,
    "openvpn": 1194, "ms-sql-s": 1433, "ms-sql-m": 1434, "oracle": 1521, "ncube-lm": 1521,
    "l2f": 1701, "pptp": 1723, "radius": 1812, "radius-acct": 1813, "nfs": 2049, "docker": 2375,
    "docker-s": 2376, "mysql": 3306, "ms-wbt-server": 3389, "svn": 3690, "epmd": 4369,
    "ipsec-nat-t": 4500, "sip": 5060, "sip-tls": 5061, "mdns": 5353, "postgresql": 5432,
    "postgres": 5432, "amqp": 5672, "amqps": 5671, "vnc-server": 5900, "rfb": 5900, "x11": 6000,
    "redis": 6379, "http-alt": 8080, "webcache": 8080, "zabbix-agent": 10050,
    "zabbix-trapper": 10051, "submission": 587, "submissions": 465, "urd": 465, "ssmtp": 465,
  ]
}
