/** Style sheets are imported for their effect; Vite turns each into a style element. */
declare module '*.css';
