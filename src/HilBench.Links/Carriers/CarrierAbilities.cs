namespace HilBench.Links;

/// <summary>What a carrier can do beyond moving bytes.</summary>
[Flags]
public enum CarrierAbilities
{
    /// <summary>Nothing more.</summary>
    None = 0,

    /// <summary>It has a bit rate, so time on the wire counts.</summary>
    BitRate = 1 << 0,

    /// <summary>Modem lines: DTR and RTS can be set, CTS, DSR, DCD and RI can be read.</summary>
    ModemLines = 1 << 1,
}
