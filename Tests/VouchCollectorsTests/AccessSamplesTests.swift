import Testing

@Suite struct AccessSamplesTests {
  @Test(arguments: [
    SampleReading(
      "access/aws-iam-account-authorization-details.json",
      "aws_authorization_details",
      "account 2 aws|aws/USER_WITH_BAD_INLINE_POLICY … aws|aws/USER"),
    SampleReading(
      "access/aws-iam-account-password-policy.json",
      "aws_password_policy",
      "account 1 aws|* … aws|*"),
    SampleReading(
      "access/aws-iam-account-summary.json",
      "aws_account_summary",
      "aws_account_summary.account-unknown 1"),
    SampleReading(
      "access/aws-iam-credential-report.json",
      "aws_credential_report",
      "account 21 aws|644160558196/<root_account> … aws|644160558196/steven",
      "key 16 644160558196/andrew/access_key_1 … 644160558196/steven/access_key_1"),
    SampleReading(
      "access/aws-iam-list-mfa-devices.json",
      "aws_mfa_devices",
      "account 1 aws|644160558196/mandeep … aws|644160558196/mandeep"),
    SampleReading(
      "access/aws-iam-list-users.json",
      "aws_iam_users",
      "account 3 aws|644160558196/george … aws|644160558196/mandeep"),
    SampleReading(
      "access/aws-iam-virtual-mfa-devices.json",
      "aws_mfa_devices",
      "account 3 aws|644160558196/<root_account> … aws|644160558196/other.person"),
    SampleReading(
      "access/bamboohr-custom-report.json", zone: "America/Denver",
      "bamboohr",
      "person 103 1 … 123212321"),
    SampleReading(
      "access/entra-scubagear-provider-settings.json",
      "scubagear_settings",
      "account 7 entra|66b4d5c2-71c9-4644-8728-74e3a8324d81 … entra|*"),
    SampleReading(
      "access/entra-scubagear-results.csv",
      "scubagear_results",
      "compliance_check 92 m365|MS.AAD.1.1v1 … m365|MS.TEAMS.5.3v2"),
    SampleReading(
      "access/google-workspace-users-header.csv",
      "google_users"),
    SampleReading(
      "access/group-centos7.txt", options: ["asset": "web-01"],
      "group",
      "account 2 linux|web-01:joeuser … linux|web-01:postfix",
      "host_sighting 1 host_command|web-01 … host_command|web-01"),
    SampleReading(
      "access/group-ubuntu18.txt", options: ["asset": "web-02"],
      "group",
      "account 2 linux|web-02:joeuser … linux|web-02:syslog",
      "host_sighting 1 host_command|web-02 … host_command|web-02"),
    SampleReading(
      "access/hr-terminations.csv", zone: "Europe/Berlin",
      "hr_terminations",
      "person 636 EMP-00020 … EMP-05190"),
    SampleReading(
      "access/okta-factors.json",
      "okta_factors",
      "account 1 okta|00u15s1KDETTQMQYABRL … okta|00u15s1KDETTQMQYABRL"),
    SampleReading(
      "access/okta-user.json",
      "okta_users",
      "account 1 okta|00u1m1qwertYUiopA0S1 … okta|00u1m1qwertYUiopA0S1"),
    SampleReading(
      "access/okta-users.json",
      "okta_users",
      "account 1 okta|00u118oQYT4TBTemp0g4 … okta|00u118oQYT4TBTemp0g4",
      "okta_users.no-leavers 1"),
    SampleReading(
      "access/passwd-centos7.txt", options: ["asset": "web-01"],
      "passwd",
      "account 21 linux|web-01:root … linux|web-01:dockerroot",
      "host_sighting 1 host_command|web-01 … host_command|web-01"),
    SampleReading(
      "access/servicenow-sys_user-page2.json",
      "servicenow_users",
      "account 126 servicenow|c6826bf03710200044e0bfc8bcbe5d7e … servicenow|fe82abf03710200044e0bfc8bcbe5d33"
    ),
    SampleReading(
      "access/sshd-T.txt", options: ["asset": "web-01"],
      "sshd",
      "host_config 1 web-01 … web-01",
      "host_sighting 1 host_command|web-01 … host_command|web-01",
      "sshd.list-not-expanded 2"),
    SampleReading(
      "access/sshd_config.txt", options: ["asset": "web-01"],
      "sshd_config",
      "sshd_config.not-effective 1"),
  ])
  func givesWhatTheExportHolds(_ sample: SampleReading) throws { try sample.check() }
}
