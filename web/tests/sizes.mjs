// The windows in which the page is tried: options of openPage (harness.mjs).
export const sizes = {
  desktop: { size: { width: 1440, height: 900 } },
  laptop: { size: { width: 1280, height: 720 } },
  dense: { size: { width: 1440, height: 900 }, context: { deviceScaleFactor: 2 } },
  // A phone's width on a machine with mouse and keyboard.
  narrow: { size: { width: 390, height: 844 }, context: { deviceScaleFactor: 2 } },
  phone: {
    size: { width: 390, height: 844 },
    context: { deviceScaleFactor: 3, isMobile: true, hasTouch: true },
  },
};
