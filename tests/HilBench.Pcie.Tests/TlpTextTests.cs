namespace HilBench.Pcie.Tests;

[TestFixture]
public sealed class TlpTextTests
{
    [TestCase(
        "20000402 010007ff 00007f00 00200000",
        "MRd64 AT=TR req=01:00.0 tag=7 addr=0x7f0000200000 len=2DW (1 translation)")]
    [TestCase(
        "91000005 00000404 010008ff 12345001",
        "MRd32 AT=TR PASID=0x5 req=01:00.0 tag=8 addr=0x12345000 len=4DW (2 translations) NW")]
    [TestCase(
        "0a000000 00002000 01000700", "Cpl UR from=00:00.0 req=01:00.0 tag=7 bytes=0 lower=0x0")]
    [TestCase(
        "60000801 0100090f 00000001 23400010 deadbeef",
        "MWr64 AT=T req=01:00.0 tag=9 addr=0x123400010 len=1DW data=deadbeef")]
    [TestCase(
        "40700801 01000903 00001000 deadbeef",
        "MWr32 AT=T TC=7 req=01:00.0 tag=9 addr=0x1000 len=1DW BE=3/0 data=deadbeef")]
    [TestCase(
        "91012345 72000002 00000501 01000000 00000000 00007f00 002ff801",
        "InvalidateRequest PASID=0x12345 from=00:00.0 to=01:00.0 itag=5 range=0x7f0000200000+2MiB G")]
    [TestCase(
        "32000000 01000002 00000000 00020008", "InvalidateCompletion from=01:00.0 to=00:00.0 itags=3,17 CC=8")]
    [TestCase(
        "91012345 30000000 01000004 00007f00 00201d2f",
        "PageRequest PASID=0x12345 req=01:00.0 page=0x7f0000201000 prgi=0x1a5 L W R")]
    [TestCase("91012345 30000000 01000004 00000000 00000004", "StopMarker PASID=0x12345 req=01:00.0")]
    [TestCase(
        "32000000 00000005 0100f000 00000000", "PrgResponse from=00:00.0 to=01:00.0 prgi=0x0 ResponseFailure")]
    [TestCase("04000001 0000030f 01000104", "CfgRd0 req=00:00.0 tag=3 to=01:00.0 reg=0x104")]
    [TestCase(
        "44000001 0000030c 01000104 00000080",
        "CfgWr0 req=00:00.0 tag=3 to=01:00.0 reg=0x104 BE=c/0 data=00000080")]
    [TestCase(
        "32000000 00000003 010001a5 00000000", "Msg code=0x03 routing=2 from=00:00.0 dw2=010001a5 dw3=00000000")]
    [TestCase("20000402 010007ff", "malformed TLP: the TLP ends after 8 bytes, its header needs 12")]
    public void A_TLP_is_told_in_one_line(string hex, string line)
    {
        Assert.That(TlpText.Line(Bytes.Of(hex)), Is.EqualTo(line));
    }

    [Test]
    public void A_Translation_Completion_is_described_with_its_DWs_and_translations()
    {
        var text = TlpText.Describe(Bytes.Of("4a000002 00000008 01000700 00000001 234ff803"));

        Assert.That(text, Is.EqualTo(
            """
            CplD SC from=00:00.0 req=01:00.0 tag=7 bytes=8 lower=0x0 data=00000001 234ff803
              DW0     4a000002 00000008 01000700 00000001
              DW4     234ff803
              if it answers a Translation Request:
                translation 0: 0x123400000+2MiB RW

            """));
    }

    [Test]
    public void A_prefix_is_described_on_a_line_of_its_own()
    {
        var text = TlpText.Describe(Bytes.Of("91012345 30000000 01000004 00000000 00000004"));

        Assert.That(text, Is.EqualTo(
            """
            StopMarker PASID=0x12345 req=01:00.0
              prefix  91012345
              DW0     30000000 01000004 00000000 00000004

            """));
    }

    [Test]
    public void Long_data_is_cut_after_four_DWs()
    {
        var tlp = Bytes.Of("40000005 010009ff 00001000 00000001 00000002 00000003 00000004 00000005");

        Assert.That(TlpText.Line(tlp), Does.EndWith("data=00000001 00000002 00000003 00000004 ... (5DW)"));
    }
}
