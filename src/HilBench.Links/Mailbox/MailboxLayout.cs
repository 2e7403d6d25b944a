namespace HilBench.Links.Mailbox;

/// <summary>Where things lie in the BAR mailbox. Source: docs/bar-mailbox.md.</summary>
internal static class MailboxLayout
{
    public const uint Magic = 0x4D4C4948; // "HILM"
    public const uint Version = 1;
    public const uint AllOnes = uint.MaxValue;

    public const int MagicAt = 0x000;
    public const int VersionAt = 0x004;
    public const int LengthAt = 0x008;
    public const int BootAt = 0x00C;
    public const int InOffsetAt = 0x010;
    public const int InSizeAt = 0x014;
    public const int OutOffsetAt = 0x018;
    public const int OutSizeAt = 0x01C;
    public const int ReservedAt = 0x020;
    public const int InProducerAt = 0x040;
    public const int InConsumerAt = 0x080;
    public const int OutProducerAt = 0x0C0;
    public const int OutConsumerAt = 0x100;
    public const int HeaderBytes = 0x140;

    public const int Alignment = 64;
    public const uint SmallestRing = 64;
    public const uint LargestRing = 16 << 20;
}
